import { displayName } from '../support/names';
import type { FaultId } from './catalogue';
import type { Finding, Look, Subject } from './finding';
import type { AlertRule, UserRule } from '../components/settings-files';
import { METRICS, type Sample } from './series/metrics';

/** Every severity has a kind of fault of its own: a rule that changes it ends the alert of before. */
const FAULT_OF = {
  info: 'rule.info',
  warning: 'rule.warning',
  critical: 'rule.critical',
} as const satisfies Readonly<Record<string, FaultId>>;
const FAULTS_OF_RULES = Object.values(FAULT_OF);
const FOR_MS = 60_000;

/** The alert rules of settings files, against the figures of one look. */
export class AlertRules {
  /** Ids of what was judged by the rules that there are; an alert of anything else is over. */
  #judged = new Set<string>();

  /** What the last {@link judge} knew. */
  get subjects(): ReadonlySet<string> {
    return this.#judged;
  }

  /** A figure that was there and is missing now is unknown, as long as its rule is there. */
  judge(rules: readonly UserRule[], samples: readonly Sample[]): Look[] {
    const before = this.#judged;
    this.#judged = new Set();
    const looks: Look[] = [];
    for (const rule of rules) {
      const { metric } = rule.rule;
      for (const { of, value } of samples.filter((sample) => sample.metric === metric)) {
        if (rule.of !== null && rule.of !== of) continue;
        const look = judgeRule(rule, of, value);
        this.#judged.add(look.subject.id);
        looks.push(look);
      }
      const start = idOf(rule, '');
      for (const id of before) {
        if (!id.startsWith(start) || this.#judged.has(id)) continue;
        this.#judged.add(id);
        looks.push(judgeRule(rule, id.slice(start.length), null));
      }
    }
    return looks;
  }
}

function judgeRule(user: UserRule, of: string, value: number | null): Look {
  const { rule } = user;
  const subject = subjectOf(user, of);
  const fault = FAULT_OF[rule.severity ?? 'warning'];
  const verdict = verdictOf(rule, value);
  const finding: Finding = {
    fault,
    subject,
    part: '',
    message: messageOf(user, of, value),
    details: { rule: user.name, file: user.file, metric: rule.metric, of, value: value ?? 0 },
    forMs: rule.forMs ?? FOR_MS,
  };
  return {
    subject,
    findings: verdict === 'bad' ? [finding] : [],
    covers: FAULTS_OF_RULES,
    unknown: verdict === 'unknown' ? [fault] : [],
    between: verdict === 'between' ? [fault] : [],
  };
}

/** Higher (or lower) than the limit is bad, what has come back to `clear` is good. */
function verdictOf(
  { above, below, clear }: AlertRule,
  value: number | null,
): 'bad' | 'good' | 'between' | 'unknown' {
  if (value === null) return 'unknown';
  if (above !== undefined) {
    if (value > above) return 'bad';
    return value <= (clear ?? above) ? 'good' : 'between';
  }
  const limit = below ?? -Infinity;
  if (value < limit) return 'bad';
  return value >= (clear ?? limit) ? 'good' : 'between';
}

function subjectOf(user: UserRule, of: string): Subject {
  return {
    kind: 'settings',
    id: idOf(user, of),
    name: of === '' ? user.name : displayName(of),
    group: `rules of ${user.file}`,
  };
}

function idOf({ file, name }: UserRule, of: string): string {
  return `${file}#${name}#${of}`;
}

function messageOf({ rule }: UserRule, of: string, value: number | null): string {
  const { above, below, metric, text } = rule;
  const limit = above === undefined ? `below ${String(below)}` : `above ${String(above)}`;
  const whose = of === '' ? '' : ` of ${displayName(of)}`;
  const { unit } = METRICS[metric];
  const figure = value === null ? '?' : String(Number(value.toPrecision(4)));
  const words = unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`;
  return `${text} (${metric}${whose} is ${figure}${words}, ${limit})`;
}
