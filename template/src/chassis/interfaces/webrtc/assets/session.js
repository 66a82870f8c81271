// A session: JSON-RPC over one data channel.

// Milliseconds until an offer is sent although not all addresses are known.
const GATHERING = 1000;
// Milliseconds until an attempt to connect has failed.
const CONNECTING = 15000;

export class Refused extends Error {
    constructor(status, detail) {
        super(detail);
        this.status = status;
    }
}

export class Session {
    // `onevent` gets the parameters of each event, `onclose` is called once at the end.
    constructor(onevent, onclose) {
        this.onevent = onevent;
        this.onclose = onclose;
        this.asked = 0;
        this.waiting = new Map();
        this.peer = new RTCPeerConnection();
        this.channel = this.peer.createDataChannel("jsonrpc");
        this.channel.onmessage = ({data}) => this.take(JSON.parse(data));
        this.channel.onclose = () => this.end();
        this.peer.onconnectionstatechange = () => {
            if (["failed", "closed"].includes(this.peer.connectionState)) this.end();
        };
    }

    async connect(token) {
        const opened = new Promise((resolve) => { this.channel.onopen = resolve; });
        await this.peer.setLocalDescription();
        await this.gathered();
        const headers = {"content-type": "application/sdp"};
        if (token) headers.authorization = `Bearer ${token}`;
        const body = this.peer.localDescription.sdp;
        const answer = await fetch("sessions", {method: "POST", headers, body});
        const text = await answer.text();
        if (!answer.ok) throw new Refused(answer.status, JSON.parse(text).detail);
        await this.peer.setRemoteDescription({type: "answer", sdp: text});
        const late = new Promise((_, reject) => {
            setTimeout(() => reject(new Error("No connection over UDP")), CONNECTING);
        });
        await Promise.race([opened, late]);
    }

    call(method, params) {
        const id = ++this.asked;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, {resolve, reject});
            this.channel.send(JSON.stringify({jsonrpc: "2.0", id, method, params}));
        });
    }

    take(message) {
        if (message.method) {
            this.onevent(message.params);
        } else if (this.waiting.has(message.id)) {
            const {resolve, reject} = this.waiting.get(message.id);
            this.waiting.delete(message.id);
            if (message.error) reject(message.error);
            else resolve(message.result);
        }
    }

    end() {
        const {waiting, onclose} = this;
        this.waiting = new Map();
        this.onclose = () => {};
        for (const {reject} of waiting.values()) reject({message: "The connection has ended"});
        this.peer.close();
        onclose();
    }

    gathered() {
        return new Promise((resolve) => {
            const look = () => {
                if (this.peer.iceGatheringState === "complete") resolve();
            };
            this.peer.onicegatheringstatechange = look;
            setTimeout(resolve, GATHERING);
            look();
        });
    }
}
