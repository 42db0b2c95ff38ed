/**
 * Array literals for parameters whose elements are numbers, UUIDs or ids of the wire schema: none
 * can hold a quote, a backslash, a comma or a space, so nothing has to be escaped (a sixth of the
 * cost of node-postgres's own conversion, which escapes every element).
 */
export const arrayLiteral = (elements: readonly (string | number)[]): string => `{${elements.join(',')}}`;
