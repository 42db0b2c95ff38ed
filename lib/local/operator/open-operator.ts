import type { OperatorFigures } from '../../../schema/wire/operator.ts';
import type { OperatorSources } from './operator-figures.ts';

/** Whoever answers the edge's one question, for the operator's page. */
export interface Operator {
  readonly answer: (question: string) => Promise<unknown>;
  /** Once there is a writer. */
  meet(writer: { current(): { ask(question: string): Promise<unknown> } }): void;
}

/** Reads and loads nothing until it is asked: the SDK alone is 20 MB, and few look. */
export function openOperator(sources: Omit<OperatorSources, 'ask'>): Operator {
  let askWriter: OperatorSources['ask'] = () => Promise.reject(new Error('there is no writer yet'));
  let figuresP: Promise<() => Promise<OperatorFigures>> | undefined;
  return {
    async answer(question) {
      if (question !== 'operator') throw new Error(`nobody knows what ${question} means`);
      figuresP ??= import('./operator-figures.ts').then(({ createOperatorFigures }) =>
        createOperatorFigures({ ...sources, ask: (asked) => askWriter(asked) }),
      );
      return (await figuresP)();
    },
    meet(writer) {
      askWriter = (question) => writer.current().ask(question);
    },
  };
}
