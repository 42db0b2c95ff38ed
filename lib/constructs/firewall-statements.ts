import type * as waf from 'aws-cdk-lib/aws-wafv2';
import { refusalHeaders } from '../../schema/wire/answer-headers.ts';
import { type ProblemCode, problems, problemType } from '../../schema/wire/problem.ts';

export type Rule = waf.CfnWebACL.RuleProperty;
export type Statement = waf.CfnWebACL.StatementProperty;
/** Without what a rule gets from its place in the list. */
export type PlainRule = Omit<Rule, 'priority' | 'visibilityConfig'>;
type Field = waf.CfnWebACL.FieldToMatchProperty;
export type RateKey = waf.CfnWebACL.RateBasedStatementCustomKeyProperty;
/** By what a rate counts. */
export type Rate = Pick<waf.CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'customKeys'>;

/** What the firewall itself refuses with: the API's own words, though WAF calls them `application/json`. */
const refusals = [
  'not-found',
  'method-not-allowed',
  'body-too-large',
  'too-many-attempts',
] as const satisfies readonly ProblemCode[];

export const refusalBodies: Readonly<Record<string, waf.CfnWebACL.CustomResponseBodyProperty>> =
  Object.fromEntries(
    refusals.map((code) => {
      const { status, title, todo } = problems[code];
      const content = JSON.stringify({ type: problemType(code), title, status, detail: `${title}. ${todo}` });
      return [code, { contentType: 'APPLICATION_JSON', content }];
    }),
  );

/** @param headers beside those that every refusal has; names in lower case */
export function refuse(
  code: (typeof refusals)[number],
  headers: Readonly<Record<string, string>> = {},
): waf.CfnWebACL.RuleActionProperty {
  const all = Object.entries({ ...refusalHeaders, ...headers });
  return {
    block: {
      customResponse: {
        responseCode: problems[code].status,
        customResponseBodyKey: code,
        responseHeaders: all.map(([name, value]) => ({ name, value })),
      },
    },
  };
}

export const path = (pattern: string): Statement => matching({ uriPath: {} }, pattern);
export const method = (...names: readonly string[]): Statement =>
  matching({ method: {} }, `^(${names.join('|')})$`);

/** A request without the header does not match. */
export const header = (name: string, pattern: string): Statement =>
  matching({ singleHeader: { Name: name } }, pattern);

/** Beyond what WAF inspects (16 KB) it cannot tell how large a body is, only that it is larger. */
export const largerBody = (bytes: number): Statement => ({
  sizeConstraintStatement: {
    fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
    comparisonOperator: 'GT',
    size: bytes,
    textTransformations: untransformed,
  },
});

export const not = (statement: Statement): Statement => ({ notStatement: { statement } });
export const and = (...statements: Statement[]): Statement => ({ andStatement: { statements } });

export const untransformed = [{ priority: 0, type: 'NONE' }];

const matching = (fieldToMatch: Field, regexString: string): Statement => ({
  regexMatchStatement: { fieldToMatch, regexString, textTransformations: untransformed },
});
