import { discoverySchema } from './discovery';
import { EVENT_NOTIFICATION } from './events';
import { MAX_ANSWER_BYTES, MAX_DEPTH, MAX_REQUEST_BYTES } from './transport';

const MIB = 1_048_576;
const FILE_FIELDS = Object.keys(discoverySchema.shape)
  .map((field) => `\`${field}\``)
  .join(', ');

/** The chapters of `docs/PROTOCOL.md` that explain how to talk to the agent. */
export const GUIDE = `# The Bulwark protocol

How any program, in any language, talks to the Bulwark agent of its user: JSON-RPC 2.0 over WebSocket. The command line and the VS Code extension use nothing else.

This page and [protocol.schema.json](protocol.schema.json) are generated from the schemas in \`agent/protocol\`, which also check every message. Do not edit them: change the schemas and run \`npm run protocol:generate\`.

## Finding the agent

The agent keeps its state in a folder: \`BULWARK_HOME\`, or else \`.bulwark\` in the home folder. While it runs, the file \`agent.json\` there says where it listens ([discovery](#discovery): ${FILE_FIELDS}):

\`\`\`json
{
  "socket": "/home/me/.bulwark/run/agent-1f9a0c3e.sock",
  "token": "64 hexadecimal digits",
  "pid": 4711,
  "version": "0.1.0",
  "startedAt": 1767225600000
}
\`\`\`

Read it anew for every connection: each agent has a socket and a token of its own. Trust it only when it is a regular file (no link) that belongs to you and that nobody else may read or write (mode 0600). A file whose socket refuses connections was left by an agent that was killed. Where there is none, \`bulwark start\` starts an agent. An agent that runs writes a file that was deleted or damaged again, within seconds.

\`socket\` is a unix socket, or a named pipe on Windows. Where a language has neither, set \`tcpPort\` in the agent's \`settings.json\` ([settings.md](settings.md)); the file then has \`tcpPort\`, on 127.0.0.1, and the handshake needs \`Host: 127.0.0.1:PORT\`.

## The handshake

An ordinary WebSocket handshake (RFC 6455) on any path, with the token:

\`\`\`http
GET / HTTP/1.1
Host: localhost
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Authorization: Bearer 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
\`\`\`

| Answer | Why |
| --- | --- |
| 101 | Welcome. |
| 401 | No token, or a wrong one. |
| 403 | The request has an \`Origin\` (a web page must never reach the agent), or over TCP a \`Host\` other than \`127.0.0.1:PORT\` or \`localhost:PORT\`. |
| 426 | No WebSocket handshake. |
| 503 | Too many connections. |

There are no extensions (no compression) and no subprotocol. Answer pings, as every WebSocket library does by itself: a client that leaves several without an answer is dropped.

## Messages

One JSON-RPC 2.0 message a text frame. No batches, no binary frames. Parameters are always an object.

\`\`\`text
→ {"jsonrpc":"2.0","id":1,"method":"snapshot/create","params":{"path":"/home/me/project"}}
← {"jsonrpc":"2.0","id":1,"result":{"id":"5d3f…","files":1042,…}}
→ {"jsonrpc":"2.0","id":2,"method":"snapshot/show","params":{"snapshot":"5d"}}
← {"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"…","data":{"reason":"snapshot-ambiguous","hint":"…"}}}
\`\`\`

- Ignore fields that you do not know; the agent does the same. A field of the wrong type is an error.
- \`id\` is a number or a string (up to 200 characters) that is not in use by another request of this connection.
- A path or file name is a string in which a byte that is not valid UTF-8 is a lone surrogate U+DC80–U+DCFF, as in Python's \`surrogateescape\` (PEP 383); in JSON it is written as \`\\udcXX\`. Paths inside a snapshot are relative and separated by \`/\` on every system.
- A path in a request is absolute and without \`..\`; anything else is refused (-32602), because the agent's own folder is nothing to start from.
- Times are milliseconds since 1970 in UTC, sizes are bytes.

| Limit | Of | What happens |
| --- | --- | --- |
| ${MAX_REQUEST_BYTES / MIB} MiB | a message to the agent | the connection is closed (1009) |
| ${MAX_ANSWER_BYTES / MIB} MiB | a message from the agent | the error \`too-large\` instead |
| ${MAX_DEPTH} | objects and lists inside each other | error -32600 |
| 64 | requests of a connection without an answer yet | the error \`busy\` |
| 2000 | messages a second of a connection (4000 at once) | the error \`busy\` |
| 8 | messages of a connection that make no sense | the connection is closed (1008) |
| 8 MiB | messages that a client has not read yet | the connection is cut |
| 64 | connections | 503 |

## Errors

\`error.data\` is always an [errorData](#errordata): act on its \`reason\` (see [Reasons](#reasons)), show \`message\` and \`hint\` to people.

| Code | Meaning |
| --- | --- |
| 1 | The request was understood and failed. |
| -32700 | The message is no JSON; \`id\` is null. |
| -32600 | The message is no request of JSON-RPC 2.0; \`id\` is null where it has none. |
| -32601 | There is no such method. |
| -32602 | Wrong parameters; \`data.details.fields\` names them. |
| -32603 | A fault of the agent. |

## Progress and cancellation

A request that reports progress takes a \`progressToken\` (string or integer) of your choice; while it runs, notifications with [progress](#progress) come for it:

\`\`\`text
→ {"jsonrpc":"2.0","id":3,"method":"store/verify","params":{"progressToken":"v"}}
← {"jsonrpc":"2.0","method":"$/progress","params":{"token":"v","value":{"phase":"verifying","done":12,"total":40,"unit":"packs"}}}
\`\`\`

Any request can be cancelled. It still gets an answer: the error \`cancelled\`, or its result when it was done already. Closing the connection cancels all its requests.

\`\`\`text
→ {"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3}}
← {"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"cancelled","data":{"reason":"cancelled"}}}
\`\`\`

## Requests of the agent

A program that registers a data source ([data-sources.md](data-sources.md)), or says at \`component/register\` what it \`recovers\`, is asked in turn, over the same connection: the agent sends a request with an \`id\` of its own, and the program answers as the agent does, in any order. An \`id\` of the agent's and one of the program's can be the same number; they have nothing to do with each other. Answer -32601 to a call that you do not know. The agent gives a call up after its time limit and tells so by \`$/cancelRequest\` (a notification with the call's \`id\`). Stop then, and answer nevertheless, with a result or any error: what the answer says is ignored, but a program that has 64 calls without an answer is asked nothing more. Of an error only \`message\` counts; \`code\` is 1. An answer with an \`id\` that nobody waits for is ignored. The limits for messages to the agent hold for answers as well.

\`\`\`text
← {"jsonrpc":"2.0","id":0,"method":"data-source/freeze","params":{"name":"orders","freeze":"6f…","why":"backup","limitMs":30000}}
→ {"jsonrpc":"2.0","id":0,"result":{}}
← {"jsonrpc":"2.0","id":1,"method":"data-source/thaw","params":{"name":"orders","freeze":"6f…","why":"backup"}}
→ {"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"the disk is full"}}
← {"jsonrpc":"2.0","id":2,"method":"component/recover","params":{"id":"pool","action":"reset_connections","why":"…","limitMs":60000}}
→ {"jsonrpc":"2.0","id":2,"result":{}}
\`\`\`

## Events

Send \`client/identify\` first. From its answer on, what happens is told as notifications \`${EVENT_NOTIFICATION}\` ([sequencedEvent](#sequencedevent)), each with a number that grows by one; the answer has the number of the last event before it. A client that does not identify gets no events.

\`\`\`text
→ {"jsonrpc":"2.0","id":0,"method":"client/identify","params":{"name":"my tool","version":"1.0","interactive":false}}
← {"jsonrpc":"2.0","id":0,"result":{"agent":{"version":"0.1.0","pid":4711},"epoch":"9c4e61d07ab35f28","sequence":17}}
← {"jsonrpc":"2.0","method":"${EVENT_NOTIFICATION}","params":{"sequence":18,"event":{"kind":"worktree/removed","source":"0123456789abcdef"}}}
\`\`\`

**After a lost connection**: wait a little, longer each time and by a random part, then read the discovery file, connect and identify again. Register your data sources again, and your components: a component outlives the connection, but not the agent, and what it \`recovers\` outlives neither. Then ask \`event/since\` with the number of the last event that you saw and the \`epoch\` that came with it. The answer is what you missed, or \`reload\` when that was too long ago or another agent runs now: then ask for everything again. Events that come by themselves before that answer come after what you missed: hold them back until then. They may be in the answer as well; their numbers tell.

**Notices** ([notice](#notice)) need a person. A client that is \`interactive\` asks \`notice/claim\` before it shows one, and shows it only when the answer is \`true\`: so each appears in one window.

**An agent that leaves** sends \`agent/draining\`, refuses what changes something or takes long with \`agent-draining\`, finishes what runs, and closes the connections (1001).

## A client of your own

There are clients for [Python](../clients/python/README.md), for [bash](../clients/shell/README.md), and a [small one for Node](examples/bulwark.mjs) to be copied. [clients/README.md](../clients/README.md) has a conformance suite: it starts a real agent, drives any client over standard input and output, and says where it departs from this page.

The least that works, in Python, with the package [websockets](https://pypi.org/project/websockets/) (14 or newer):

\`\`\`python
import asyncio, json, os, pathlib
from websockets.asyncio.client import unix_connect

async def main():
    home = pathlib.Path(os.environ.get("BULWARK_HOME") or pathlib.Path.home() / ".bulwark")
    agent = json.loads((home / "agent.json").read_text())
    async with unix_connect(
        agent["socket"],
        uri="ws://localhost/",
        additional_headers={"Authorization": f"Bearer {agent['token']}"},
        compression=None,
        max_size=${MAX_ANSWER_BYTES},
    ) as socket:
        request = {"jsonrpc": "2.0", "id": 1, "method": "worktree/list", "params": {}}
        await socket.send(json.dumps(request))
        while (answer := json.loads(await socket.recv())).get("id") != 1:
            pass  # a notification
        if "error" in answer:
            raise SystemExit(f"{answer['error']['data']['reason']}: {answer['error']['message']}")
        for worktree in answer["result"]["worktrees"]:
            # Bytes that are not UTF-8 come back as the bytes they were.
            print(os.fsencode(worktree["path"]), worktree["state"])

asyncio.run(main())
\`\`\`
`;
