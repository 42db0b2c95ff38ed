/** The drill could not be run, which says nothing about the pipeline. One line. */
export class DrillError extends Error {
  override readonly name = 'DrillError';
  readonly code: 'usage' | 'interrupted' | 'not-here';

  constructor(code: DrillError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
