/** What stands in a field of a form, without blanks around it; nothing for one that is not there. */
export function readField(form: EventTarget | null, name: string): string {
  const value = form instanceof HTMLFormElement ? new FormData(form).get(name) : null;
  return typeof value === 'string' ? value.trim() : '';
}
