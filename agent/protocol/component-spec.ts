import { z } from 'zod';
import { alertRule } from './alert-rule';

/** Longest text of a path, an address or one word of a command. */
const MAX_TEXT = 4096;
const text = z.string().min(1).max(MAX_TEXT);
const SECOND = 1_000;
const HOUR = 3_600_000;

/** Name of a component where it is described. */
export const componentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'it must begin with a letter or digit and hold only letters, digits, ".", "_" and "-", 63 at most',
  )
  .describe('letters, digits, ".", "_" and "-"; 63 at most');

/** A component's id: its name, with that of its repository before it where it comes from one. */
export const componentId = z
  .string()
  .regex(/^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,62}\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
  .brand<'ComponentId'>()
  .describe('a name; `REPOSITORY/NAME` where its settings are in a repository');
export type ComponentId = z.infer<typeof componentId>;

const commandLine = z
  .array(z.string().max(MAX_TEXT))
  .min(1)
  .max(200)
  .refine(([program]) => program !== '', 'the program is missing')
  .describe('a program and its arguments; no shell reads them');
const environment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768))
  .describe('variables beside those that the agent has');
const folder = text.describe('working folder; relative ones start at the settings file');

const http = z.strictObject({
  kind: z.literal('http'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(MAX_TEXT)
    .describe('answers with 200 to 399 when it is well'),
  status: z.int().min(100).max(599).optional().describe('the one status that counts as well'),
  contains: text.optional().describe('text that must be in the first MiB of the answer'),
});
const tcp = z.strictObject({
  kind: z.literal('tcp'),
  host: z.string().min(1).max(255).optional().describe('127.0.0.1 unless told'),
  port: z.int().min(1).max(65_535),
});
const command = z.strictObject({
  kind: z.literal('command'),
  command: commandLine,
  cwd: folder.optional(),
  env: environment.optional(),
  okCodes: z.array(z.int().min(0).max(255)).min(1).max(50).optional().describe('[0] unless told'),
});
const file = z.strictObject({
  kind: z.literal('file'),
  path: text.describe('relative ones start at the settings file'),
  maxAgeMs: z
    .int()
    .min(SECOND)
    .optional()
    .describe('how old its last change may be; only its existence counts without this'),
});

/** One way of measuring whether something is well. */
export const probeSpec = z.discriminatedUnion('kind', [http, tcp, command, file]);
export type ProbeSpec = z.infer<typeof probeSpec>;

const action = z.strictObject({
  name: componentName,
  title: z.string().max(200).optional().describe('for people'),
  command: commandLine.optional().describe('what it runs, in the component’s folder'),
  method: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('or what the program that registered the component is asked for'),
  undo: commandLine.optional().describe('takes back what `command` did, when it did not help'),
  tier: z
    .enum(['automatic', 'after-snapshot', 'approval'])
    .optional()
    .describe(
      'by itself, by itself once everything is saved, or when a person agrees (unless told)',
    ),
  timeoutMs: z.int().min(SECOND).max(300_000).optional().describe('60000 unless told'),
});

const checked = {
  title: z.string().max(200).optional().describe('for people'),
  dependsOn: z
    .array(componentName)
    .max(50)
    .optional()
    .describe('names in the same file: started before, and named as the cause when they fail'),
  intervalMs: z
    .int()
    .min(5 * SECOND)
    .max(HOUR)
    .optional()
    .describe('time between two checks; 10000 unless told'),
  timeoutMs: z.int().min(100).max(60_000).optional().describe('of one check; 5000 unless told'),
  recover: z
    .array(
      action.refine(
        ({ command, method }) => (command === undefined) !== (method === undefined),
        'give either a command or a method',
      ),
    )
    .max(20)
    .optional()
    .describe('actions of your own that may help it, in the order in which they are tried'),
};

const processSpec = z.strictObject({
  kind: z.literal('process'),
  command: commandLine,
  cwd: folder.optional(),
  env: environment.optional(),
  autoStart: z.boolean().optional().describe('start it with the agent; true unless told'),
  restart: z
    .enum(['always', 'on-failure', 'never'])
    .optional()
    .describe('when it has ended by itself; on-failure unless told'),
  stopSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']).optional(),
  stopTimeoutMs: z
    .int()
    .min(0)
    .max(300_000)
    .optional()
    .describe('until its whole process group is killed; 10000 unless told'),
  startup: probeSpec.optional().describe('it has started once this succeeds'),
  startupTimeoutMs: z.int().min(SECOND).max(HOUR).optional().describe('60000 unless told'),
  health: probeSpec.optional().describe('whether it is well while it runs'),
  maxMemoryBytes: z
    .int()
    .min(1024 * 1024)
    .optional()
    .describe('a fault when it and its children hold more; Linux and macOS'),
  caches: z
    .array(text)
    .max(50)
    .optional()
    .describe('folders that it makes again by itself: moved away when that may help'),
  resources: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      z.array(z.string().max(1000)).min(1).max(5),
    )
    .optional()
    .describe('variables with the values to step through when it runs out of something'),
  ...checked,
});

/** Everything whose health can be watched, by how it is measured. */
export const componentSpec = z.discriminatedUnion('kind', [
  processSpec,
  http.extend(checked),
  tcp.extend(checked),
  command.extend(checked),
  file.extend(checked),
  z.strictObject({
    kind: z.literal('pid'),
    pid: z.int().min(1).optional(),
    pidFile: text.optional().describe('file that holds the process id'),
    ...checked,
  }),
  z.strictObject({
    kind: z.literal('heartbeat').describe('a program that reports itself over the wire'),
    everyMs: z.int().min(SECOND).max(HOUR).describe('it is down when it is silent for twice this'),
    ...checked,
  }),
]);
export type ComponentSpec = z.infer<typeof componentSpec>;
export type ProcessSpec = z.infer<typeof processSpec>;

/** `bulwark.json`, without its components and alert rules: each of those is checked by itself. */
export const componentsFile = z.strictObject({
  $schema: z.string().optional(),
  components: z.record(z.string(), z.unknown()).default({}),
  alerts: z.record(z.string(), z.unknown()).default({}),
});

/** `bulwark.json` as editors check it. */
export const componentsFileForEditors = componentsFile.extend({
  components: z
    .record(componentName, componentSpec)
    .optional()
    .describe('what to watch and to run, by name'),
  alerts: z
    .record(componentName, alertRule)
    .optional()
    .describe('when to be told, by a name for each rule'),
});
