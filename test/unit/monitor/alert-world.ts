import assert from 'node:assert/strict';
import { AlertBook, type AlertView } from '../../../agent/monitor/alerts/alert-book';
import type { Notification } from '../../../agent/monitor/alerts/alert-book';
import type { FaultId } from '../../../agent/monitor/catalogue';
import type { Look, Subject } from '../../../agent/monitor/finding';

export const S = 1_000;
export const MIN = 60 * S;
export const HOUR = 60 * MIN;
const MACHINE: Subject = {
  kind: 'machine',
  id: 'machine',
  name: 'this machine',
  group: 'machine',
};
export const disk = (path: string): Subject => ({
  kind: 'machine',
  id: `disk ${path}`,
  name: path,
  group: `disk ${path}`,
});
export const web: Subject = { kind: 'component', id: 'web', name: 'web', group: 'user' };
export const part = (id: string): Subject => ({ ...web, id, name: id });
export const tree = (name: string): Subject => ({ kind: 'worktree', id: name, name, group: name });

/** A book with a clock, and what it told. */
export class World {
  mono = 1_000_000;
  wall = 1_700_000_000_000;
  book: AlertBook;
  told: Notification[] = [];

  constructor() {
    this.book = this.open();
  }

  get now(): { mono: number; wall: number } {
    return { mono: this.mono, wall: this.wall };
  }

  /** The agent ends and starts again; the monotonic clock of another process begins anew. */
  restart(awayMs = 5 * S): void {
    const kept: unknown = JSON.parse(JSON.stringify(this.book.memory(this.now)));
    const memory = this.book.memory(this.now);
    assert.deepEqual(kept, JSON.parse(JSON.stringify(memory)));
    this.mono = 50;
    this.wall += awayMs;
    this.book = this.open(memory);
  }

  open(memory?: ConstructorParameters<typeof AlertBook>[1]): AlertBook {
    const book = new AlertBook(this.now, memory);
    book.onNotify.on((notification) => this.told.push(notification));
    return book;
  }

  pass(ms: number): void {
    this.mono += ms;
    this.wall += ms;
  }

  look(
    fault: FaultId,
    how: 'bad' | 'good' | 'between' | 'unknown',
    subject = MACHINE,
    details = {},
  ): void {
    const finding = { fault, subject, part: '', message: 'x', details };
    const look: Look = {
      subject,
      covers: [fault],
      findings: how === 'bad' ? [finding] : [],
      unknown: how === 'unknown' ? [fault] : [],
      between: how === 'between' ? [fault] : [],
    };
    this.book.observe(look, this.now);
  }

  /** Looks every 10 s for a time, and lets the book tell. */
  run(
    ms: number,
    fault: FaultId,
    how: 'bad' | 'good' | 'between' | 'unknown',
    subject = MACHINE,
    details = {},
  ): void {
    for (let at = 0; at < ms; at += 10 * S) {
      this.look(fault, how, subject, details);
      this.book.tick(this.now);
      this.pass(10 * S);
    }
  }

  idle(ms: number): void {
    for (let at = 0; at < ms; at += 10 * S) {
      this.book.tick(this.now);
      this.pass(10 * S);
    }
  }

  one(): AlertView {
    const [alert] = this.book.list();
    assert.ok(alert !== undefined, 'there is an alert');
    return alert;
  }

  phase(): string {
    return this.book.list()[0]?.phase.kind ?? 'inactive';
  }

  /** What was told, and of what. */
  causes(): string[] {
    return this.told
      .flatMap(({ alerts }) => alerts.map(({ fault, subject }) => `${fault} ${subject.id}`))
      .sort();
  }

  kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }
}
