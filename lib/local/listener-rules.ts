import type { ALBEvent, ALBResult } from 'aws-lambda';
import type { LambdaHandler } from './lambda-invoke.ts';

export type AlbHandler = LambdaHandler<ALBEvent, ALBResult>;

/** A rule of the load balancer's listener. */
export type ListenerRule = {
  /** Any when left out. */
  readonly methods?: readonly string[];
  /** Matched against the whole path, case-sensitive: `*` any characters, `?` any one. */
  readonly pathPattern: string;
  /** For messages: which function. */
  readonly name: string;
  readonly target: AlbHandler;
};

/** The first rule that fits a request. As at the load balancer, the last one should fit all. */
export type RuleMatcher = (method: string, path: string) => ListenerRule | undefined;

export function compileListenerRules(rules: readonly ListenerRule[]): RuleMatcher {
  const compiled = rules.map((rule) => ({
    rule,
    methods: rule.methods === undefined ? undefined : new Set(rule.methods),
    pattern: rule.pathPattern === '*' ? undefined : compilePattern(rule.pathPattern),
  }));
  return (method, path) =>
    compiled.find(
      ({ methods, pattern }) =>
        (methods === undefined || methods.has(method)) && (pattern === undefined || pattern.test(path)),
    )?.rule;
}

function compilePattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
