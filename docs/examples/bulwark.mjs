// A small client of Bulwark's agent for programs with data of their own. Copy it; it needs the npm
// package "ws" and nothing else. docs/PROTOCOL.md has everything that can be sent.
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

/**
 * Keeps a data source registered, whether the agent runs just now or not.
 *
 * @param {string} name
 * @param {object} source as docs/PROTOCOL.md has it for data-source/register
 * @param {Record<string, (params: any) => any>} calls what the agent may ask for
 * @param {() => void} onLost the connection has ended: thaw what is frozen, forget what was begun
 */
export async function keepRegistered(name, source, calls, onLost = () => undefined) {
  for (;;) {
    try {
      const agent = await connect(name, calls);
      await agent.call('data-source/register', { name, source });
      console.log(`${name} is registered`);
      await agent.ended;
    } catch (error) {
      console.error(`no agent: ${error instanceof Error ? error.message : String(error)}`);
    }
    onLost();
    await sleep(500 + Math.random() * 500);
  }
}

/**
 * @param {string} name
 * @param {Record<string, (params: any) => any>} calls
 */
async function connect(name, calls) {
  const home = process.env.BULWARK_HOME || join(homedir(), '.bulwark');
  const { socket: path, token } = JSON.parse(readFileSync(join(home, 'agent.json'), 'utf8'));
  const socket = new WebSocket('ws://localhost/', {
    createConnection: () => createConnection({ path }),
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const waiting = new Map();
  let last = 0;
  const send = (/** @type {object} */ message) =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const call = (/** @type {string} */ method, /** @type {object} */ params) =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, { resolve, reject });
      void ended.then(() => reject(new Error('the connection has ended')));
      send({ id, method, params });
    });
  socket.on('message', async (data) => {
    const { id, method, params, result, error } = JSON.parse(String(data));
    if (method === undefined) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(error.message));
    } else if (id !== undefined) {
      // The agent asks: answer under its number.
      try {
        if (calls[method] === undefined) send({ id, error: { code: -32601, message: 'unknown' } });
        else send({ id, result: await calls[method](params) });
      } catch (failure) {
        const message = failure instanceof Error ? failure.message : String(failure);
        send({ id, error: { code: 1, message } });
      }
    }
  });
  await call('client/identify', { name, version: '1', interactive: false });
  return { call, ended };
}
