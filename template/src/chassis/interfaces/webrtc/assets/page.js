// The page: connects, lists what the service describes, calls methods and follows events.

import {Form, make} from "./form.js";
import {Refused, Session} from "./session.js";

// Events that the page keeps.
const KEPT = 100;
// Milliseconds until the next attempt, and at most.
const AGAIN = 1000, LONGEST = 15000;
const OWN = ["rpc.discover", "session.authenticate"];
const SUBSCRIBE = ".subscribe", UNSUBSCRIBE = ".unsubscribe";

const at = (id) => document.getElementById(id);
const shown = (value) => JSON.stringify(value, null, 2);

let session = null, methods = new Map(), call = null, follow = null;
// What is followed: its method, parameters, subscription and last cursor.
let followed = null;
let delay = AGAIN, retry = 0;

function tell(state, text) {
    at("status").dataset.state = state;
    at("status").textContent = text;
    for (const control of document.querySelectorAll("main select, form:not(#access) button:not(.plain)")) {
        control.disabled = state !== "open";
    }
}

async function connect() {
    clearTimeout(retry);
    session?.end();
    tell("connecting", "Connecting");
    const mine = session = new Session(take, () => mine === session && lost());
    try {
        await mine.connect(at("token").value.trim());
        describe(await mine.call("rpc.discover", {}));
        tell("open", "Connected");
        delay = AGAIN;
        if (followed) await subscribe();
    } catch (error) {
        if (mine !== session) return;
        session = null;
        mine.end();
        if (error instanceof Refused && error.status === 401) {
            tell("failed", "The service asks for a token");
            at("token").focus();
        } else {
            again(error.message ?? "The service does not answer");
        }
    }
}

function lost() {
    session = null;
    again("Disconnected");
}

function again(reason) {
    tell("failed", `${reason}: trying again`);
    retry = setTimeout(connect, delay);
    delay = Math.min(2 * delay, LONGEST);
}

function describe(openrpc) {
    const known = new Map(openrpc.methods.map((each) => [each.name, each]));
    if (shown([...known]) === shown([...methods])) return;
    methods = known;
    const schemas = openrpc.components?.schemas ?? {};
    const names = [...methods.keys()];
    call = chooser("method", "summary", "fields", schemas, names
        .filter((name) => !OWN.includes(name) && !name.endsWith(SUBSCRIBE) && !name.endsWith(UNSUBSCRIBE))
        .sort((a, b) => takes(b) - takes(a)));
    // Those of one kind of events come before the one of all kinds.
    follow = chooser("stream", "stream-summary", "filters", schemas, names
        .filter((name) => name.endsWith(SUBSCRIBE))
        .sort((a, b) => a.startsWith("events.") - b.startsWith("events.")), ["cursor"]);
}

// A method that takes objects, such as new items, comes first.
function takes(name) {
    return methods.get(name).params.filter(({required, schema}) => required && schema.type === "array").length;
}

function chooser(select, summary, fields, schemas, names, hidden = []) {
    const form = new Form(at(fields), schemas);
    const choose = () => {
        const method = methods.get(at(select).value);
        at(summary).textContent = method.summary;
        form.show(method.params.filter(({name}) => !hidden.includes(name)));
    };
    at(select).replaceChildren(...names.map((name) => new Option(name)));
    at(select).onchange = choose;
    choose();
    return form;
}

function refuse(place, error) {
    const detail = error.data?.errors?.map(({field, message}) => `${field}: ${message}`).join("; ");
    place.replaceChildren(make("p", {className: "error", textContent: detail || error.message}));
}

at("call").onsubmit = async (event) => {
    event.preventDefault();
    const place = at("answer");
    try {
        const result = await session.call(at("method").value, call.read());
        place.replaceChildren(make("pre", {textContent: shown(result), tabIndex: 0}));
    } catch (error) {
        refuse(place, error);
    }
};

at("follow").onsubmit = async (event) => {
    event.preventDefault();
    if (followed) {
        stop("Stopped");
        return;
    }
    try {
        followed = {method: at("stream").value, params: follow.read(), cursor: null};
        await subscribe();
    } catch (error) {
        followed = null;
        refuse(at("following"), error);
    }
};

async function subscribe() {
    const {method, params, cursor} = followed;
    const {subscription} = await session.call(method, cursor ? {...params, cursor} : params);
    if (!followed) return;
    followed.subscription = subscription;
    at("following").textContent = `Following ${method.replace(SUBSCRIBE, "")}`;
    at("follow").querySelector("button").textContent = "Stop";
}

function stop(text) {
    const {method, subscription} = followed;
    followed = null;
    at("following").textContent = text;
    at("follow").querySelector("button").textContent = "Follow";
    session?.call(method.replace(SUBSCRIBE, UNSUBSCRIBE), {subscription}).catch(() => {});
}

function take({subscription, event, cursor, data, reason}) {
    if (subscription !== followed?.subscription && followed?.subscription) return;
    if (!followed) return;
    followed.cursor = cursor;
    if (event === "closed") {
        // A service that ends closes the connection next, and the page resumes on a new one.
        if (reason !== "draining") stop(`The service ended it: ${reason}`);
        return;
    }
    if (event === "heartbeat") return;
    const time = new Date();
    const item = make("li");
    item.append(
        make("time", {dateTime: time.toISOString(), textContent: time.toLocaleTimeString()}),
        make("span", {className: "name", textContent: event}));
    if (data !== undefined) item.append(make("pre", {textContent: shown(data), tabIndex: 0}));
    at("events").prepend(item);
    while (at("events").childElementCount > KEPT) at("events").lastChild.remove();
}

at("access").onsubmit = (event) => {
    event.preventDefault();
    delay = AGAIN;
    connect();
};

connect();
