import { type Problem, type ProblemCode, problems, problemType } from '../../schema/wire/problem.ts';

/**
 * The problem document for a code.
 * @param what One sentence on what happened in this case, where the title does not say it. It must
 *   not repeat anything of the request that is secret: passes never, selections never.
 */
export function problem(code: ProblemCode, what?: string, errors?: Problem['errors']): Problem {
  const { status, title, todo } = problems[code];
  const base = { type: problemType(code), title, status, detail: `${what ?? `${title}.`} ${todo}` };
  return errors === undefined ? base : { ...base, errors };
}
