import { createConnection } from 'node:net';
import { once } from 'node:events';
import WebSocket from 'ws';

const IDENTITY = { version: '0', interactive: false };
/** Below the 64 that one connection may have without an answer. */
const AT_A_TIME = 48;

/** A connection that does no more with a message than it must, so that the agent is measured. */
export class Wire {
  #socket;
  #waiting = new Map();
  #id = 0;
  /** Called with the text of each event. */
  onEvent = () => undefined;

  static async open({ socket, token }, name) {
    const wire = new Wire();
    wire.#socket = new WebSocket('ws://localhost/', {
      createConnection: () => createConnection({ path: socket }),
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      maxPayload: 64 * 1024 * 1024,
    });
    wire.#socket.on('message', (data) => wire.#received(data.toString('utf8')));
    await once(wire.#socket, 'open');
    await wire.call('client/identify', { name, ...IDENTITY });
    return wire;
  }

  call(method, params = {}) {
    this.#id += 1;
    const id = this.#id;
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  close() {
    this.#socket.close();
  }

  #received(text) {
    if (text.includes('"method":"event"')) return this.onEvent(text);
    const { id, result, error } = JSON.parse(text);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}

/** Asks the same `count` times, some at a time, on one connection. @returns answers a second */
export async function requestsPerSecond(wire, method, count) {
  const began = performance.now();
  let left = count;
  const ask = async () => {
    while (left > 0) {
      left -= 1;
      await wire.call(method);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  return (count / (performance.now() - began)) * 1000;
}

/**
 * How long until an event has reached a client, from the request that causes it.
 * @returns a list of ms, one for each event and client
 */
export async function fanOut(wires, events) {
  const [first] = wires;
  const took = [];
  for (let i = 0; i < events; i++) {
    const name = `bench-${i}`;
    const spec = { kind: 'heartbeat', everyMs: 3_600_000 };
    await first.call('component/register', { name, spec, program: 'bench' });
    const mark = `"component/removed","id":"${name}"`;
    const began = performance.now();
    const reached = wires.map(
      (wire) =>
        new Promise((resolve) => {
          wire.onEvent = (text) => {
            if (text.includes(mark)) resolve(performance.now() - began);
          };
        }),
    );
    await first.call('component/unregister', { id: name });
    took.push(...(await Promise.all(reached)));
  }
  return took;
}
