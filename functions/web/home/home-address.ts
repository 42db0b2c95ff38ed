import { electionOf } from '../api/ask.ts';

/** The home page, with the election of the page that leads there: `/#election=demo`. */
export function homeAddress(pathname: string): string {
  const election = electionOf(pathname);
  return election === null ? '/' : `/#election=${election}`;
}

/** The election that a home page's `location.hash` names; null: none, or nothing that could be one. */
export const electionOfHash = (hash: string): string | null =>
  electionOf(`/home/${new URLSearchParams(hash.slice(1)).get('election') ?? ''}`);
