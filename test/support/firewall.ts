import type { Resource } from './template.ts';

/** What a rule can see of one request. */
export interface WebRequest {
  readonly method: string;
  readonly path: string;
  readonly bodyBytes?: number;
  /** By name, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What rules before this one found out. */
  readonly labels?: readonly string[];
}

/** A statement or an action of a web ACL, as CloudFormation has it. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
type Json = any;

export interface FirewallRule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: Json;
  readonly OverrideAction?: Json;
  readonly Statement: Json;
}

export interface Refusal {
  readonly rule: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: unknown;
}

/** In the order in which WAF asks them. */
export function rulesOf(acl: Resource): readonly FirewallRule[] {
  return (acl.Properties.Rules as readonly FirewallRule[]).toSorted((a, b) => a.Priority - b.Priority);
}

/**
 * What WAF answers a request with by the rules that look at one request alone; null: it goes on to rates
 * and to what AWS keeps. Our reading of WAF's statements: throws at one that it does not know.
 */
export function judge(
  acl: Resource,
  request: WebRequest,
  rules: readonly FirewallRule[] = rulesOf(acl),
): Refusal | null {
  for (const rule of rules) {
    if ('ManagedRuleGroupStatement' in rule.Statement || 'RateBasedStatement' in rule.Statement) continue;
    if (!matches(rule.Statement, request)) continue;
    const { ResponseCode, ResponseHeaders = [], CustomResponseBodyKey } = rule.Action.Block.CustomResponse;
    const { Content } = acl.Properties.CustomResponseBodies[CustomResponseBodyKey];
    return {
      rule: rule.Name,
      status: ResponseCode,
      headers: Object.fromEntries(
        ResponseHeaders.map(({ Name, Value }: Record<'Name' | 'Value', string>) => [Name, Value]),
      ),
      problem: JSON.parse(Content),
    };
  }
  return null;
}

/** The default limit of a web ACL for CloudFront (AWS, "Managing body inspection size limits"). */
const inspectedBytesMax = 16_384;

export function matches(statement: Json, request: WebRequest): boolean {
  const [[kind, body], ...others] = Object.entries<Json>(statement) as [[string, Json], ...unknown[]];
  if (others.length > 0) throw new Error(`two statements in one: ${JSON.stringify(statement)}`);
  switch (kind) {
    case 'NotStatement':
      return !matches(body.Statement, request);
    case 'AndStatement':
      return body.Statements.every((one: Json) => matches(one, request));
    case 'RegexMatchStatement': {
      const field = fieldOf(body.FieldToMatch, request);
      return field !== undefined && new RegExp(body.RegexString).test(field);
    }
    case 'LabelMatchStatement':
      if (body.Scope !== 'LABEL') throw new Error(`not known: ${JSON.stringify(body)}`);
      return request.labels?.includes(body.Key) === true;
    case 'SizeConstraintStatement': {
      const bytes = request.bodyBytes ?? 0;
      if (body.ComparisonOperator !== 'GT' || body.FieldToMatch.Body.OversizeHandling !== 'MATCH')
        throw new Error(`not known: ${JSON.stringify(body)}`);
      return bytes > inspectedBytesMax || bytes > body.Size;
    }
    default:
      throw new Error(`not known: ${kind}`);
  }
}

/** Undefined: the request has none, which no pattern matches. */
function fieldOf(field: Json, { method, path, headers = {} }: WebRequest): string | undefined {
  if ('UriPath' in field) return path;
  if ('Method' in field) return method;
  if ('SingleHeader' in field) return headers[field.SingleHeader.Name];
  throw new Error(`not known: ${JSON.stringify(field)}`);
}

/** The cache behavior that CloudFront picks for a path: the first whose pattern fits, or the default one. */
export function behaviorFor(config: Json, path: string): Json {
  const found = config.CacheBehaviors.find(({ PathPattern }: { PathPattern: string }) => {
    const pattern = PathPattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${pattern}$`).test(path);
  });
  return found ?? config.DefaultCacheBehavior;
}
