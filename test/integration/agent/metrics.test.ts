import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

const ROOT = resolve(__dirname, '../../../..');
const AGENT = resolve(__dirname, '../../../agent/main.js');
const LIMIT_MS = 30_000;
const run = promisify(execFile);

const discoveryShape = z.object({ tcpPort: z.number(), token: z.string() });
const answerShape = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});
const dashboardShape = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.enum(['stat', 'timeseries']),
      title: z.string().min(1),
      datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ refId: z.string(), expr: z.string() })).min(1),
    }),
  ),
});

describe('Prometheus', () => {
  let folder: string;
  let home: string;
  let page: string;
  let token: string;
  let text: string;

  const bulwark = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, BULWARK_HOME: home };
    const { stdout } = await run(process.execPath, [AGENT, ...args], { cwd: folder, env });
    return stdout;
  };
  const until = async <T>(what: string, ask: () => Promise<T | null>): Promise<T> => {
    const end = Date.now() + LIMIT_MS;
    while (Date.now() < end) {
      const found = await ask();
      if (found !== null) return found;
      await pause(200);
    }
    throw new Error(`waited in vain for ${what}`);
  };
  const scrape = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
    fetch(page, { headers, method });
  const names = (): Set<string> =>
    new Set(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
  /** Names of ours in an expression that the agent does not tell. */
  const unknownIn = (expression: string): string[] =>
    [...expression.matchAll(/\bbulwark_\w+/g)]
      .map(([name]) => name)
      .filter((name) => !names().has(name));

  before(async function () {
    this.timeout(LIMIT_MS);
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-metrics-')));
    home = join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
    execFileSync('git', ['init', '-q', join(folder, 'a "b" \\c')]);
    await writeFile(
      join(home, 'settings.json'),
      JSON.stringify({
        tcpPort: 0,
        // Nobody listens there; nothing is told in this test.
        channels: [{ name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:9/' }],
      }),
    );
    await writeFile(
      join(home, 'bulwark.json'),
      JSON.stringify({
        components: {
          good: { kind: 'command', command: [process.execPath, '--version'] },
          bad: { kind: 'file', path: 'there-is-none' },
          job: { kind: 'process', command: [process.execPath, '-e', 'setInterval(()=>{},1e6)'] },
        },
      }),
    );
    await bulwark('start', join(folder, 'a "b" \\c'));
    const found: unknown = JSON.parse(readFileSync(join(home, 'agent.json'), 'utf8'));
    page = `http://127.0.0.1:${String(discoveryShape.parse(found).tcpPort)}/metrics`;
    token = readFileSync(join(home, 'metrics-token'), 'utf8').trim();
    text = await until('the first look', async () => {
      const now = await bulwark('metrics');
      return now.includes('bulwark_component_up{component="good"} 1') &&
        now.includes('bulwark_component_up{component="job"} 1') &&
        now.includes('bulwark_worktree_protected{')
        ? now
        : null;
    });
  });
  after(async () => {
    await bulwark('stop');
    await rm(folder, { recursive: true });
  });

  it('is told names, units and labels as it wants them (needs promtool)', function () {
    if (spawnSync('promtool', ['--version']).status !== 0) this.skip();
    execFileSync('promtool', ['check', 'metrics'], {
      input: text,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  });

  it('is told of worktrees with odd names, of what is up, and of what is not', () => {
    const odd = join(folder, 'a "b" \\c').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    assert.ok(text.includes(`bulwark_worktree_protected{worktree="${odd}"} 1`), text);
    assert.match(text, /^bulwark_component_up\{component="good"\} 1$/m);
    assert.match(text, /^bulwark_component_up\{component="bad"\} 0$/m);
    assert.match(text, /^bulwark_component_checks_total\{component="bad",outcome="down"\} \d+$/m);
    assert.match(text, /^bulwark_circuit_state\{circuit="probe good"\} 0$/m);
    assert.match(text, /^bulwark_circuit_state\{circuit="channel hook"\} 0$/m);
    assert.match(text, /^bulwark_component_restarts_total\{component="job"\} 0$/m);
  });

  it('needs the token of the page, which opens nothing else', async () => {
    const { token: main } = discoveryShape.parse(
      JSON.parse(readFileSync(join(home, 'agent.json'), 'utf8')),
    );
    assert.notEqual(token, main);
    const bearer = { Authorization: `Bearer ${token}` };
    assert.equal((await scrape({})).status, 401);
    assert.equal((await scrape({ Authorization: `Bearer ${token}0` })).status, 401);
    assert.equal((await scrape({ ...bearer, Origin: 'https://example.com' })).status, 403);
    assert.equal((await scrape(bearer, 'POST')).status, 405);
    assert.equal((await scrape(bearer)).status, 200);
    const elsewhere = await fetch(page.replace('/metrics', '/other'), { headers: bearer });
    assert.equal(elsewhere.status, 401);
  });

  it('reads it (needs prometheus)', async function () {
    this.timeout(LIMIT_MS);
    if (spawnSync('prometheus', ['--version']).status !== 0) this.skip();
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        rule_files: [join(ROOT, 'docs/monitoring/bulwark.rules.yml')],
        scrape_configs: [
          {
            job_name: 'bulwark',
            authorization: { credentials_file: join(home, 'metrics-token') },
            static_configs: [{ targets: [new URL(page).host] }],
          },
        ],
      }),
    );
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${String(port)}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      const ask = async (query: string): Promise<z.infer<typeof answerShape>['data']['result']> => {
        const url = `http://127.0.0.1:${String(port)}/api/v1/query?query=${encodeURIComponent(query)}`;
        const answer = await fetch(url).catch(() => null);
        if (answer?.ok !== true) return [];
        return answerShape.parse(await answer.json()).data.result;
      };
      const [scraped] = await until('a scrape', async () => {
        const found = await ask('up{job="bulwark"} == 1');
        return found.length > 0 ? found : null;
      });
      assert.equal(scraped?.value[1], '1');
      const down = await ask('bulwark_component_up == 0');
      assert.deepEqual(
        down.map(({ metric }) => metric['component']),
        ['bad'],
      );
    } finally {
      await end(prometheus);
    }
  });

  it('can be given the alert rules, all of which are about figures that there are (needs promtool)', function () {
    const file = join(ROOT, 'docs/monitoring/bulwark.rules.yml');
    assert.deepEqual(unknownIn(readFileSync(file, 'utf8')), []);
    if (spawnSync('promtool', ['--version']).status !== 0) this.skip();
    execFileSync('promtool', ['check', 'rules', file], { stdio: 'pipe' });
  });

  it('and Grafana can be given the dashboard, whose panels are about figures that there are', () => {
    const file = join(ROOT, 'docs/monitoring/bulwark.dashboard.json');
    const { panels, templating } = dashboardShape.parse(JSON.parse(readFileSync(file, 'utf8')));
    assert.deepEqual(templating.list, [{ name: 'datasource', type: 'datasource' }]);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, targets, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (const { expr } of targets) assert.deepEqual(unknownIn(expr), [], title);
    }
  });

  it('finds each figure in the documentation', () => {
    const documentation = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8');
    const missing = [...text.matchAll(/^# TYPE bulwark(_\S+) /gm)]
      .map(([, name = '']) => name)
      .filter((name) => !documentation.includes(name.replace(/^_machine(?=_(disk|inodes))/, '')));
    assert.deepEqual(missing, []);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  return address.port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  await over;
}
