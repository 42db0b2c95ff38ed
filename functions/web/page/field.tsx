import type { Child } from 'hono/jsx/dom';

export interface FieldProps {
  /** Of the control in it; also its name in the form. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  /** What is wrong with what stands there; null: nothing. */
  readonly fault: string | null;
  /** The control, with what `controlOf` says. */
  readonly children?: Child;
}

/** A control with its name, what goes into it, and what is wrong with that. */
export function Field({ id, label, hint, fault, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {fault === null ? null : (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/**
 * The attributes by which a control belongs to its field.
 *
 * @param describedBy ids of what else describes it
 */
export function controlOf(
  { id, hint, fault }: Pick<FieldProps, 'id' | 'hint' | 'fault'>,
  ...describedBy: readonly string[]
) {
  const descriptions = [
    ...describedBy,
    ...(hint === undefined ? [] : [`${id}-hint`]),
    ...(fault === null ? [] : [`${id}-fault`]),
  ];
  return {
    id,
    name: id,
    autocomplete: 'off',
    spellcheck: false,
    'aria-invalid': fault === null ? 'false' : 'true',
    'aria-describedby': descriptions.length === 0 ? undefined : descriptions.join(' '),
  } as const;
}

/** Leads to a field that something is wrong with: the keyboard, and the eye to all of it. */
export function focusField(form: EventTarget | null, name: string): void {
  const control = form instanceof HTMLFormElement ? form.elements.namedItem(name) : null;
  if (!(control instanceof HTMLElement)) return;
  // What is wrong stands beside it a microtask later.
  queueMicrotask(() => {
    control.focus({ preventScroll: true });
    control.closest('.field')?.scrollIntoView({ block: 'nearest' });
  });
}
