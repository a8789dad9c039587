import type { ComponentInfo } from '../../agent/protocol/health-entities';
import { age, count } from '../format';
import { displayName } from '../names';
import type { WorktreeIcon } from '../worktree-words';

type State = ComponentInfo['state'];

/** A component's state as an icon; {@link stateWords} stand beside it. */
export function componentIcon({ kind }: State): WorktreeIcon {
  switch (kind) {
    case 'up':
      return { id: 'pass', color: 'testing.iconPassed' };
    case 'down':
    case 'failed':
      return { id: 'error', color: 'list.errorForeground' };
    case 'backing-off':
      return { id: 'history', color: 'list.warningForeground' };
    case 'unknown':
      return { id: 'question' };
    case 'starting':
    case 'stopping':
      return { id: 'loading~spin' };
    case 'stopped':
      return { id: 'debug-stop' };
    case 'waiting':
      return { id: 'watch' };
    case 'unapproved':
      return { id: 'lock' };
  }
}

/** A component's state in a few words. */
export function stateWords(state: State): string {
  switch (state.kind) {
    case 'up':
    case 'starting':
    case 'stopping':
      return state.kind;
    case 'down':
      return `down: ${displayName(state.why)}`;
    case 'unknown':
      return `nobody can tell: ${displayName(state.why)}`;
    case 'stopped':
      return `stopped: ${displayName(state.why)}`;
    case 'waiting':
      return `waiting for ${state.for.join(', ')}`;
    case 'backing-off':
      return `starts again soon: ${displayName(state.why)}`;
    case 'failed':
      return `failed, needs you: ${displayName(state.why)}`;
    case 'unapproved':
      return 'waits for your approval';
  }
}

/** State and response time, as a row has them. */
export function componentDescription({ state, checks }: ComponentInfo): string {
  const words = stateWords(state);
  if (state.kind !== 'up' || checks.p95Ms === null) return words;
  return `${words} · ${milliseconds(checks.p95Ms)}`;
}

/** What a component runs or asks, in one line. */
export function whatItDoes({ spec }: ComponentInfo): string {
  switch (spec.kind) {
    case 'process':
      return `runs ${commandText(spec.command)}`;
    case 'command':
      return `checks with ${commandText(spec.command)}`;
    case 'http':
      return `asks ${displayName(spec.url)}`;
    case 'tcp':
      return `connects to ${displayName(spec.host ?? '127.0.0.1')}:${spec.port}`;
    case 'file':
      return `looks at ${displayName(spec.path)}`;
    case 'pid':
      return spec.pidFile === undefined
        ? `looks whether process ${spec.pid ?? '?'} is there`
        : `looks whether the process in ${displayName(spec.pidFile)} is there`;
    case 'heartbeat':
      return `a program that reports itself every ${milliseconds(spec.everyMs)}`;
  }
}

/** Everything about a component, as lines of a tooltip. */
export function componentDetails(component: ComponentInfo, now: number): readonly string[] {
  const { id, origin, dependsOn, state, since, pid, restarts, checks, kind } = component;
  const lines = [
    `State: ${stateWords(state)} (${age(since, now)})`,
    `Kind: ${kind}, ${whatItDoes(component)}`,
  ];
  if (pid !== null) lines.push(`Process: ${pid}`);
  if (restarts > 0) lines.push(`Started again after failures: ${count(restarts, 'time')}`);
  if (checks.count > 0) {
    const failed = Math.round(checks.errorRate * 100);
    const answers =
      checks.p50Ms === null || checks.p95Ms === null
        ? ''
        : `, half of them within ${milliseconds(checks.p50Ms)}, 95 % within ${milliseconds(checks.p95Ms)}`;
    lines.push(`Last ${count(checks.count, 'check')}: ${failed} % failed${answers}`);
  }
  if (dependsOn.length > 0) lines.push(`Depends on: ${dependsOn.join(', ')}`);
  lines.push(`Id: ${id}`);
  lines.push(
    origin.kind === 'settings'
      ? `Described in: ${displayName(origin.file)}`
      : `Registered by: ${displayName(origin.name)}`,
  );
  return lines;
}

/** The name of a component for people: its title, or the last part of its id. */
export function componentName({ id, title }: ComponentInfo): string {
  return title === null ? id.slice(id.lastIndexOf('/') + 1) : displayName(title);
}

/** Whether a person has to do something about it. */
export function isBroken({ state }: ComponentInfo): boolean {
  return state.kind === 'down' || state.kind === 'failed' || state.kind === 'backing-off';
}

/** Whether a process runs, or is about to. */
export function isRunning({ state }: ComponentInfo): boolean {
  return state.kind !== 'stopped' && state.kind !== 'failed' && state.kind !== 'unapproved';
}

function commandText(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(displayName(word))))
    .join(' ');
}

function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
