import { z } from 'zod';
import * as c from './channel-entities';
import { componentName, componentSpec } from './component-spec';
import * as h from './health-entities';
import type { MethodSpec } from './method-spec';
import { absolutePath } from './path-entities';

const nothing = z.object({});
const id = z.string().min(1).max(128).describe('of a component');
const alert = z.string().min(1).max(64).describe('id of an alert, or the beginning of it');
const by = z.string().min(1).max(100).describe('who does so');
const one = { progress: false, mutates: true } as const;
const asked = { progress: false, mutates: false } as const;

/** Requests about health: components, and alerts. */
export const HEALTH_METHODS = {
  'health/status': {
    summary: 'How everything is: machine, agent, worktrees, components, and what is wrong.',
    params: nothing,
    result: h.healthStatus,
    ...asked,
  },
  'health/worktree': {
    summary:
      'How one worktree is, in detail: measures what it takes on the disk, and what of that can be made again.',
    params: z.object({ path: absolutePath.describe('in a protected worktree or folder') }),
    result: h.worktreeDetails,
    ...asked,
  },
  'component/suggest': {
    summary: 'Components that would suit the projects in a folder. Nothing of it is run.',
    params: z.object({ path: absolutePath }),
    result: h.componentSuggestion,
    ...asked,
  },
  'component/list': {
    summary: 'All components.',
    params: nothing,
    result: z.object({ components: z.array(h.componentInfo) }),
    ...asked,
  },
  'component/register': {
    summary:
      'Have a component watched, until it is unregistered or the agent leaves. Registering the same again changes nothing.',
    params: z.object({
      name: componentName,
      spec: componentSpec,
      folder: absolutePath
        .optional()
        .describe('relative paths start there. The agent’s home unless told'),
      program: z.string().min(1).max(100).describe('who registers it, for people'),
      recovers: z
        .array(z.string().min(1).max(64))
        .max(20)
        .optional()
        .describe(
          'what it answers `component/recover` for while this connection lasts: `reset_connections`, `force_garbage_collection`, `restart_component`, or names of its own that its `recover` settings use',
        ),
    }),
    result: h.componentInfo,
    ...one,
  },
  'component/heartbeat': {
    summary: 'A program reports that it is well.',
    params: z.object({ id }),
    result: nothing,
    ...one,
  },
  'component/unregister': {
    summary: 'Take back what was registered; a process is stopped.',
    params: z.object({ id }),
    result: nothing,
    ...one,
  },
  'component/start': {
    summary: 'Start a process, after those that it depends on.',
    params: z.object({ id }),
    result: h.componentInfo,
    ...one,
  },
  'component/stop': {
    summary: 'Stop a process with all its children, and wait for its end.',
    params: z.object({ id }),
    result: h.componentInfo,
    ...one,
  },
  'component/restart': {
    summary: 'Stop a process, then start it.',
    params: z.object({ id }),
    result: h.componentInfo,
    ...one,
  },
  'component/logs': {
    summary: 'What a process wrote last; the agent keeps 1000 lines of each.',
    params: z.object({
      id,
      after: z.int().nonnegative().optional().describe('only lines with a higher number'),
      limit: z.int().min(1).max(1000).optional().describe('the newest so many; 100 unless told'),
    }),
    result: z.object({ lines: z.array(h.logLine) }),
    ...asked,
  },
  'component/settings': {
    summary: 'The settings files that count, and what is wrong in them.',
    params: nothing,
    result: z.object({ files: z.array(h.settingsFile) }),
    ...asked,
  },
  'component/approve': {
    summary:
      'Let the components of a repository’s settings file run, as long as it stays the same.',
    params: z.object({
      file: absolutePath,
      hash: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe('SHA-256 of the content that a person has read'),
    }),
    result: z.object({ components: z.array(h.componentInfo) }),
    ...one,
  },
  'component/revoke': {
    summary: 'Take an approval back; its processes are stopped.',
    params: z.object({ file: absolutePath }),
    result: nothing,
    ...one,
  },
  'alert/list': {
    summary: 'What is wrong, worst first, and what was.',
    params: z.object({
      withResolved: z.boolean().optional().describe('also the last 200 that are over'),
    }),
    result: z.object({ alerts: z.array(h.alertInfo), silences: z.array(h.silence) }),
    ...asked,
  },
  'alert/acknowledge': {
    summary: 'Somebody has seen it: no reminders for 4 h, unless it becomes worse.',
    params: z.object({ alert, by, note: z.string().max(1000).optional() }),
    result: h.alertInfo,
    ...one,
  },
  'alert/silence': {
    summary: 'No notifications of what matches all of these, for a while.',
    params: z.object({
      matchers: z.array(h.silenceMatcher).min(1).max(10),
      by,
      reason: z.string().min(1).max(1000),
      forMs: z.int().min(60_000).max(86_400_000),
    }),
    result: h.silence,
    ...one,
  },
  'alert/endSilence': {
    summary: 'End a silence before its time.',
    params: z.object({ silence: z.string().min(1).max(64) }),
    result: nothing,
    ...one,
  },
  'alert/resolve': {
    summary: 'End an alert by hand. A fault that is still there comes back with the next look.',
    params: z.object({ alert }),
    result: h.alertInfo,
    ...one,
  },
  'alert/channels': {
    summary: 'The channels of the user’s settings, and whether they deliver.',
    params: nothing,
    result: z.object({ channels: z.array(c.channelInfo) }),
    ...asked,
  },
  'alert/undelivered': {
    summary: 'Notifications that could not be delivered, newest first; the last 200.',
    params: nothing,
    result: z.object({ undelivered: z.array(c.undeliveredMessage) }),
    ...asked,
  },
  'alert/test': {
    summary: 'Send a test notification through each channel, or one, and wait for the results.',
    params: z.object({
      channel: z.string().min(1).max(40).optional().describe('only this one'),
    }),
    result: z.object({ results: z.array(c.channelTest) }),
    ...one,
  },
} as const satisfies Record<string, MethodSpec>;
