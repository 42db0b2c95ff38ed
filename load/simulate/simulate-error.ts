/** Something the person who typed the command can put right; the message is one line and says what to do. */
export class SimulateError extends Error {
  override readonly name = 'SimulateError';
}
