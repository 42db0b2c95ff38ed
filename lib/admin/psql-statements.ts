/** Text, names, dollar quotes and comments: a semicolon in them ends nothing. One that has no end goes on. */
const token =
  /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\s\S]/g;

/** The statements that a semicolon ends, and what comes after the last of them. Pure. */
export function splitStatements(text: string): { readonly statements: string[]; readonly rest: string } {
  const statements: string[] = [];
  let rest = '';
  for (const [piece] of text.matchAll(token)) {
    if (piece !== ';') rest += piece;
    else {
      if (rest.trim() !== '') statements.push(rest.trim());
      rest = '';
    }
  }
  return { statements, rest: rest.trim() === '' ? '' : rest };
}
