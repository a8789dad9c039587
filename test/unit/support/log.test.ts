import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../../agent/support/clock';
import { BulwarkError } from '../../../agent/support/errors';
import { FileLog } from '../../../agent/support/log';

/** The fields of Elastic Common Schema 8.11 that a line may have, with their types there. */
const ecsLine = z.strictObject({
  '@timestamp': z.iso.datetime(),
  'log.level': z.enum(['debug', 'info', 'warn', 'error']),
  'log.logger': z.string().min(1),
  message: z.string(),
  'ecs.version': z.literal('8.11.0'),
  'service.name': z.literal('bulwark'),
  'service.version': z.string(),
  'event.dataset': z.string().regex(/^bulwark\./),
  'process.pid': z.int().positive(),
  'file.path': z.string().optional(),
  'error.type': z.string().optional(),
  'error.message': z.string().optional(),
  'error.code': z.string().optional(),
  'error.stack_trace': z.string().optional(),
  labels: z.record(z.string().regex(/^[a-z0-9_]+$/), z.string()).optional(),
});

describe('the log of the agent', () => {
  let folder: string;
  let log: FileLog;
  const lines = async (): Promise<z.infer<typeof ecsLine>[]> => {
    await log.close();
    const text = await readFile(join(folder, 'agent.log'), 'utf8');
    assert.ok(text.endsWith('\n'));
    return text
      .trimEnd()
      .split('\n')
      .map((line) => ecsLine.parse(JSON.parse(line)));
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-log-'));
    log = new FileLog(join(folder, 'agent.log'), {
      clock: systemClock,
      service: { version: '1.2.3', pid: 7 },
    });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is one object of Elastic Common Schema a line, whatever is told', async () => {
    const root = log.log;
    root.info('The agent is ready', { version: '1', home: '/a b' });
    root
      .child('health')
      .child('alerts')
      .warn('Alerts', { messages: ['one\ntwo', 3], count: 2 });
    root.debug('odd', { 'Ä.b': undefined, ownerPid: null, deep: { a: [1] }, path: 5 });
    const [ready, alerts, odd] = await lines();
    assert.deepEqual(ready?.labels, { version: '1', home: '/a b' });
    assert.equal(ready['log.logger'], 'agent');
    assert.equal(alerts?.['log.logger'], 'health.alerts');
    assert.deepEqual(alerts.labels, { messages: '["one\\ntwo",3]', count: '2' });
    assert.deepEqual(odd?.labels, { owner_pid: 'null', deep: '{"a":[1]}', path: '5' });
  });

  it('tells errors and paths in the fields that are meant for them', async () => {
    const cause = new BulwarkError('disk-full', 'no room');
    log.log.error('It failed', { error: cause, path: '/x' });
    log.log.error('It failed', { error: 'as a text' });
    const [typed, text] = await lines();
    assert.equal(typed?.['error.code'], 'disk-full');
    assert.equal(typed['error.message'], 'no room');
    assert.match(typed['error.stack_trace'] ?? '', /log\.test/);
    assert.equal(typed['file.path'], '/x');
    assert.equal(text?.['error.message'], 'as a text');
  });

  it('is put aside when it is long, and no more than two files are kept', async () => {
    const path = join(folder, 'short.log');
    const service = { version: '1.2.3', pid: 7 };
    const short = new FileLog(path, { clock: systemClock, service, maxBytes: 2000 });
    for (let i = 0; i < 100; i++) short.log.warn('A connection was refused.', { i });
    short.log.info('The last line.');
    await short.close();
    const names = (await readdir(folder)).filter((name) => name.startsWith('short'));
    assert.deepEqual(names.sort(), ['short.log', 'short.log.1']);
    for (const name of names) assert.ok((await stat(join(folder, name))).size < 3000, name);
    assert.match(await readFile(path, 'utf8'), /The last line/);
    const goesOn = new FileLog(path, { clock: systemClock, service, maxBytes: 100 });
    goesOn.log.info('The agent was started again.');
    await goesOn.close();
    assert.match(await readFile(`${path}.1`, 'utf8'), /The last line/);
  });
});
