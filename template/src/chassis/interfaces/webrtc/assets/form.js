// A form for the parameters of a method, from their JSON schemas.

const EXAMPLES = {"date-time": "2030-01-31T12:00:00Z", uuid: "0198f0a0-0000-7000-8000-000000000001"};

export class Form {
    constructor(place, schemas) {
        this.place = place;
        this.schemas = schemas;
        this.readers = [];
    }

    // Show the fields of `params`, a list as in OpenRPC; those that begin with _ are left out.
    show(params) {
        this.place.replaceChildren();
        this.readers = params
            .filter(({name}) => !name.startsWith("_"))
            .map(({name, schema, required}) => this.field(this.place, name, schema, required));
    }

    // Return the parameters; throws an error that names a field without valid JSON.
    read() {
        return collect(this.readers);
    }

    field(place, name, given, required) {
        const schema = this.resolve(given);
        if (schema.type === "array" && this.resolve(schema.items ?? {}).properties) {
            return {name, read: this.items(place, name, this.resolve(schema.items))};
        }
        if (schema.properties) {
            return {name, read: this.group(place, name, schema)};
        }
        const label = make("label", {textContent: name});
        if (!required) label.append(make("span", {className: "hint", textContent: " optional"}));
        const control = controlOf(schema, required);
        control.required = required;
        label.append(control);
        place.append(label);
        return {name, read: () => valueOf(name, control, schema)};
    }

    group(place, name, schema) {
        const box = make("fieldset");
        box.append(make("legend", {textContent: name}));
        place.append(box);
        const needed = schema.required ?? [];
        const readers = Object.entries(schema.properties).map(
            ([key, value]) => this.field(box, key, value, needed.includes(key)));
        return () => collect(readers);
    }

    items(place, name, schema) {
        const box = make("div");
        const readers = [];
        const add = () => readers.push(this.group(box, `${name} ${readers.length + 1}`, schema));
        const more = make("button", {type: "button", className: "plain", textContent: "Add another"});
        more.onclick = add;
        place.append(box, more);
        add();
        return () => readers.map((read) => read());
    }

    resolve(schema) {
        if (schema.$ref) return this.resolve(this.schemas[schema.$ref.split("/").at(-1)]);
        const choices = schema.anyOf?.filter(({type}) => type !== "null");
        return choices?.length === 1 ? this.resolve(choices[0]) : schema;
    }
}

function controlOf(schema, required) {
    const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
    if (choices) {
        const options = required ? choices : ["", ...choices];
        const control = make("select");
        control.append(...options.map((each) => new Option(String(each), JSON.stringify(each))));
        return control;
    }
    if (["integer", "number"].includes(schema.type)) {
        return make("input", {type: "number", placeholder: schema.default ?? ""});
    }
    if (schema.type === "string") {
        return make("input", {placeholder: EXAMPLES[schema.format] ?? "", spellcheck: false});
    }
    return make("textarea", {rows: 2, placeholder: schema.type === "array" ? "[]" : "{}", spellcheck: false});
}

function valueOf(name, control, schema) {
    if (!control.value.trim()) return undefined;
    if (control.tagName === "INPUT" && schema.type === "string") return control.value;
    try {
        const value = JSON.parse(control.value);
        return value === "" ? undefined : value;
    } catch {
        throw new Error(`${name}: must be JSON`);
    }
}

function collect(readers) {
    const pairs = readers.map(({name, read}) => [name, read()]);
    return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

export function make(tag, properties = {}) {
    return Object.assign(document.createElement(tag), properties);
}
