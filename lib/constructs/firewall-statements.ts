import type * as waf from 'aws-cdk-lib/aws-wafv2';
import { type ProblemCode, problems, problemType } from '../../schema/wire/problem.ts';

export type Rule = waf.CfnWebACL.RuleProperty;
export type Statement = waf.CfnWebACL.StatementProperty;
/** Without what a rule gets from its place in the list. */
export type PlainRule = Omit<Rule, 'priority' | 'visibilityConfig'>;
type Field = waf.CfnWebACL.FieldToMatchProperty;

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

export function refuse(
  code: (typeof refusals)[number],
  headers: Readonly<Record<string, string>> = {},
): waf.CfnWebACL.RuleActionProperty {
  const responseHeaders = Object.entries(headers).map(([name, value]) => ({ name, value }));
  return {
    block: {
      customResponse: {
        responseCode: problems[code].status,
        customResponseBodyKey: code,
        ...(responseHeaders.length === 0 ? {} : { responseHeaders }),
      },
    },
  };
}

export const path = (pattern: string): Statement => matching({ uriPath: {} }, pattern);
export const method = (...names: readonly string[]): Statement =>
  matching({ method: {} }, `^(${names.join('|')})$`);

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

const untransformed = [{ priority: 0, type: 'NONE' }];

const matching = (fieldToMatch: Field, regexString: string): Statement => ({
  regexMatchStatement: { fieldToMatch, regexString, textTransformations: untransformed },
});
