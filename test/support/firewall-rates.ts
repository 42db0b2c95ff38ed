import { matches, rulesOf, type WebRequest } from './firewall.ts';
import type { Resource } from './template.ts';

/** A request as the rules that count see it. */
export interface TimedRequest extends Omit<WebRequest, 'labels'> {
  /** Never earlier than the one before. */
  readonly atSeconds: number;
  readonly address: string;
  /** Fingerprint of its TLS. */
  readonly ja4?: string;
  /** Of a browser that proved itself. */
  readonly token?: string;
}

/** `null`: it is let through. */
export type Verdict = { readonly rule: string; readonly action: 'Block' | 'Challenge' } | null;

/** A statement of a web ACL, as CloudFormation has it. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
type Json = any;

/**
 * Plays the rates of a web ACL, in their order. Our reading of WAF: a rule counts what fits its scope and has all its keys, also
 * what it refuses, and not what a rule before it refused; it acts by counts that are late; a token is known once Bot Control has
 * looked; whoever has one passes a challenge.
 *
 * @param lateSeconds how old the counts are by which it acts
 */
export function playRates(acl: Resource, lateSeconds: number): (request: TimedRequest) => Verdict {
  const rules = rulesOf(acl).map((rule) => ({ ...rule, counter: createCounter(lateSeconds) }));
  return (request) => {
    let labels: readonly string[] = [];
    for (const { Name, Action, Statement, counter } of rules) {
      if (Name === 'AWSManagedRulesBotControlRuleSet' && request.token !== undefined)
        labels = ['awswaf:managed:token:accepted', `awswaf:managed:token:id:${request.token}`];
      const rate = Statement.RateBasedStatement;
      if (rate === undefined) continue;
      if (rate.ScopeDownStatement && !matches(rate.ScopeDownStatement, { ...request, labels })) continue;
      const key = keyOf(rate, request, labels);
      if (key === null || counter(key, request.atSeconds, rate.EvaluationWindowSec) <= rate.Limit) continue;
      if (!('Challenge' in Action)) return { rule: Name, action: 'Block' };
      if (request.token === undefined) return { rule: Name, action: 'Challenge' };
    }
    return null;
  };
}

/** Null: the request lacks one of the keys, and is not counted. */
function keyOf(rate: Json, request: TimedRequest, labels: readonly string[]): string | null {
  switch (rate.AggregateKeyType) {
    case 'IP':
      return request.address;
    case 'CONSTANT':
      return 'all';
    case 'CUSTOM_KEYS': {
      const keys: (string | undefined)[] = rate.CustomKeys.map((key: Json) => readKey(key, request, labels));
      return keys.includes(undefined) ? null : keys.join('\n');
    }
    default:
      throw new Error(`not known: ${rate.AggregateKeyType}`);
  }
}

function readKey(key: Json, request: TimedRequest, labels: readonly string[]): string | undefined {
  if ('IP' in key) return request.address;
  if ('JA4Fingerprint' in key) return request.ja4 ?? '';
  if ('Header' in key) return request.headers?.[key.Header.Name];
  if ('LabelNamespace' in key) return labels.find((label) => label.startsWith(key.LabelNamespace.Namespace));
  throw new Error(`not known: ${JSON.stringify(key)}`);
}

/** @returns a function that counts a request, and says how many the window had when counts were last known */
function createCounter(lateSeconds: number): (key: string, at: number, windowSeconds: number) => number {
  const known = new Map<string, { readonly times: number[]; from: number; to: number }>();
  return (key, at, windowSeconds) => {
    const counts = known.get(key) ?? { times: [], from: 0, to: 0 };
    known.set(key, counts);
    counts.times.push(at);
    const isBefore = (index: number, end: number) => (counts.times[index] ?? Number.POSITIVE_INFINITY) <= end;
    while (isBefore(counts.to, at - lateSeconds)) counts.to += 1;
    while (counts.from < counts.to && isBefore(counts.from, at - lateSeconds - windowSeconds))
      counts.from += 1;
    return counts.to - counts.from;
  };
}
