import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js' with {
  'resolution-mode': 'import',
};
import type {
  CallToolResult,
  ElicitRequest,
  ElicitResult,
} from '@modelcontextprotocol/sdk/types.js' with { 'resolution-mode': 'import' };
import { z } from 'zod';
import { cli, type CliRunOptions } from '../../support/cli-run';

const AGENT = resolve(__dirname, '../../../agent/main.js');

const taken = z.object({ snapshot: z.object({ id: z.string(), label: z.string() }) });
const listed = z.object({ snapshots: z.array(z.object({ id: z.string() })), more: z.boolean() });
const compared = z.object({
  total: z.int(),
  changes: z.array(z.object({ path: z.string(), change: z.string() })),
});
const planned = z.object({ creates: z.int(), overwrites: z.int(), deletes: z.int() });
const restored = z.object({ operation: z.string().nullable(), verified: z.boolean() });
const worktrees = z.object({
  worktrees: z.array(z.object({ path: z.string(), snapshots: z.int() })),
});
const reported = z.object({ kept: z.object({ id: z.string() }) });
const answered = z.custom<CallToolResult>(
  (value) => z.object({ content: z.array(z.unknown()) }).safeParse(value).success,
);

/** What a person answers who is asked. */
type Person = (message: string) => ElicitResult;

describe('bulwark mcp, with the client of the official SDK and the real agent', function () {
  this.timeout(60_000);
  let folder: string;
  let project: string;
  let options: CliRunOptions;
  const open: Client[] = [];

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-mcp-')));
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'weeks of work\n');
    await writeFile(join(project, 'plan.txt'), 'for tomorrow\n');
    options = { home: join(folder, 'home'), cwd: project, agentScript: AGENT };
  });

  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
    await cli(['stop'], options);
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(person: Person | null): Promise<Client> {
    const sdk = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const client = new sdk.Client(
      { name: 'Careful Coder', version: '1.0.0' },
      { capabilities: person === null ? {} : { elicitation: {} } },
    );
    if (person !== null)
      client.setRequestHandler(ElicitRequestSchema, ({ params }: ElicitRequest) =>
        person(params.message),
      );
    open.push(client);
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [AGENT, 'mcp'],
        cwd: project,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, BULWARK_HOME: options.home },
      }),
    );
    return client;
  }

  async function call(client: Client, name: string, args: object = {}): Promise<CallToolResult> {
    return answered.parse(await client.callTool({ name, arguments: { ...args } }));
  }

  async function value<T>(
    shape: z.ZodType<T>,
    client: Client,
    name: string,
    args: object = {},
  ): Promise<T> {
    const { isError, content, structuredContent } = await call(client, name, args);
    assert.notEqual(isError, true, JSON.stringify(content));
    assert.deepEqual(content, [{ type: 'text', text: JSON.stringify(structuredContent) }]);
    return shape.parse(structuredContent);
  }

  async function refusal(client: Client, name: string, args: object): Promise<string> {
    const { isError, content } = await call(client, name, args);
    assert.equal(isError, true, JSON.stringify(content));
    return z
      .array(z.object({ text: z.string() }))
      .parse(content)
      .map(({ text }) => text)
      .join();
  }

  const work = (): Promise<string> => readFile(join(project, 'notes.txt'), 'utf8');
  const yes: Person = () => ({ action: 'accept', content: { agreed: true } });

  it('says of each tool whether it only looks, adds, or overwrites files', async () => {
    const client = await connect(null);
    const { tools } = await client.listTools();
    const kinds = tools.map(({ name, annotations }) => {
      const { readOnlyHint, destructiveHint } = annotations ?? {};
      return `${name}: ${readOnlyHint === true ? 'looks' : destructiveHint === false ? 'adds' : 'overwrites'}`;
    });
    assert.deepEqual(kinds.sort(), [
      'compare_snapshots: looks',
      'list_snapshots: looks',
      'list_worktrees: looks',
      'preview_restore: looks',
      'report_trouble: adds',
      'restore: overwrites',
      'take_snapshot: adds',
      'undo_restore: overwrites',
    ]);
    assert.match(client.getInstructions() ?? '', /take_snapshot/);
  });

  it('keeps a folder before risky work, and shows what the work did', async () => {
    const client = await connect(null);
    const { snapshot } = await value(taken, client, 'take_snapshot', { label: 'before tidying' });
    await rm(join(project, 'notes.txt'));
    await writeFile(join(project, 'plan.txt'), 'changed\n');
    const { changes } = await value(compared, client, 'compare_snapshots', {
      snapshot: snapshot.id,
    });
    assert.deepEqual(changes.map(({ path, change }) => `${change} ${path}`).sort(), [
      'modified plan.txt',
      'removed notes.txt',
    ]);
    const { snapshots } = await value(listed, client, 'list_snapshots', { path: project });
    assert.ok(snapshots.some(({ id }) => id === snapshot.id));
    const found = await value(worktrees, client, 'list_worktrees');
    assert.deepEqual(
      found.worktrees.map(({ path }) => path),
      [project],
    );
    // A file as it was, without restoring it.
    const { contents } = await client.readResource({
      uri: `bulwark://snapshot/${snapshot.id}/notes.txt`,
    });
    assert.equal(
      z.array(z.object({ text: z.string() })).parse(contents)[0]?.text,
      'weeks of work\n',
    );
  });

  it('restores when the person who sees the plan says yes, and takes it back', async () => {
    const questions: string[] = [];
    const client = await connect((message) => {
      questions.push(message);
      return yes(message);
    });
    const { snapshot } = await value(taken, client, 'take_snapshot', { label: 'before' });
    await rm(join(project, 'notes.txt'));
    const ask = { snapshot: snapshot.id, why: 'I deleted the notes by mistake' };
    const plan = await value(planned, client, 'preview_restore', ask);
    assert.deepEqual([plan.creates, plan.overwrites, plan.deletes], [1, 0, 0]);
    const done = await value(restored, client, 'restore', ask);
    assert.equal(done.verified, true);
    assert.equal(await work(), 'weeks of work\n');
    assert.match(questions[0] ?? '', /Careful Coder wants to restore files: I deleted the notes/);
    assert.match(questions[0] ?? '', /\+ notes\.txt/);
    await value(restored, client, 'undo_restore', { operation: done.operation, why: 'no' });
    await assert.rejects(stat(join(project, 'notes.txt')), /ENOENT/);
    assert.equal(questions.length, 2);
  });

  for (const [title, answer] of [
    ['says no', { action: 'decline' }],
    ['closes the question', { action: 'cancel' }],
    ['sends the form without agreeing', { action: 'accept', content: { agreed: false } }],
  ] as const)
    it(`changes nothing when the person ${title}`, async () => {
      const client = await connect(() => ({ ...answer }));
      const { snapshot } = await value(taken, client, 'take_snapshot', { label: 'before' });
      await writeFile(join(project, 'notes.txt'), 'better\n');
      const text = await refusal(client, 'restore', { snapshot: snapshot.id, why: 'to tidy up' });
      assert.match(text, /The person said no/);
      assert.equal(await work(), 'better\n');
    });

  it('is refused where nobody can be asked, with the command for a person', async () => {
    const client = await connect(null);
    const { snapshot } = await value(taken, client, 'take_snapshot', { label: 'before' });
    await writeFile(join(project, 'notes.txt'), 'better\n');
    const ask = { snapshot: snapshot.id, paths: ['notes.txt'], why: 'to go back' };
    const text = await refusal(client, 'restore', ask);
    assert.equal(await work(), 'better\n');
    const [, id = '', path = ''] = /bulwark restore (\w+) --path (\S+)/.exec(text) ?? [];
    assert.equal((await cli(['restore', id, '--path', path, '--yes'], options)).code, 0);
    assert.equal(await work(), 'weeks of work\n');
  });

  it('restores without asking when the settings of Bulwark allow it', async () => {
    await mkdir(options.home, { recursive: true });
    const settings = { codingAgents: { restore: 'allow' } };
    await writeFile(join(options.home, 'settings.json'), JSON.stringify(settings));
    const client = await connect(null);
    const { snapshot } = await value(taken, client, 'take_snapshot', { label: 'before' });
    await writeFile(join(project, 'notes.txt'), 'worse\n');
    await value(restored, client, 'restore', { snapshot: snapshot.id, why: 'to go back' });
    assert.equal(await work(), 'weeks of work\n');
  });

  it('keeps the state that is reported as wrong for good, and tells people who reported it', async () => {
    const client = await connect(null);
    await value(taken, client, 'take_snapshot', { label: 'before' });
    await writeFile(join(project, 'notes.txt'), 'garbled');
    const { kept } = await value(reported, client, 'report_trouble', { message: 'notes garbled' });
    const { stdout } = await cli(['show', kept.id, '--json'], options);
    assert.match(stdout, /"pinned":"reported by Careful Coder: notes garbled"/);
  });

  it('goes on when the agent of Bulwark was stopped in between', async () => {
    const client = await connect(null);
    await value(taken, client, 'take_snapshot', { label: 'before' });
    assert.equal((await cli(['stop'], options)).code, 0);
    const found = await value(worktrees, client, 'list_worktrees');
    assert.deepEqual(
      found.worktrees.map(({ path }) => path),
      [project],
    );
  });

  it('tells a model in words what it did wrong', async () => {
    const client = await connect(null);
    await value(taken, client, 'take_snapshot', { label: 'before' });
    assert.match(
      await refusal(client, 'compare_snapshots', { snapshot: 'feedbeef' }),
      /snapshot-unknown/,
    );
    assert.match(await refusal(client, 'take_snapshot', {}), /label/);
  });

  it('prints for people what to put into a configuration', async () => {
    const { stdout } = await cli(['mcp', '--json'], options);
    const shape = z.object({
      mcpServers: z.object({
        bulwark: z.object({ command: z.string(), args: z.array(z.string()) }),
      }),
    });
    const { bulwark } = shape.parse(JSON.parse(stdout)).mcpServers;
    assert.deepEqual(bulwark, { command: process.execPath, args: [AGENT, 'mcp'] });
  });
});
