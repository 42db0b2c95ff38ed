import type { ClientBase } from 'pg';

export interface PublicationLook {
  /** Whether it publishes what the migrations say: every change of ballots, archived ones too, under each partition's name. */
  readonly isWhole: boolean;
  /**
   * Another one after each change of it, also of one that was undone: the transactions that wrote its rows in the
   * catalogue. A failover, vacuum and freezing leave them as they are.
   */
  readonly definition: string;
}

/** Who can change what is published can hide from the stream. */
export async function readPublication(client: ClientBase, publication: string): Promise<PublicationLook> {
  const { rows } = await client.query<{ whole: boolean; definition: string }>(
    `select pubinsert and pubupdate and pubdelete and pubtruncate and not pubviaroot
        and (select count(*) = 2 from pg_publication_rel r where r.prpubid = p.oid
          and r.prrelid = any(array['ballot', 'archive.ballot']::regclass[]) and r.prqual is null and r.prattrs is null)
        as whole,
      concat_ws(' ', p.oid, p.xmin,
        (select string_agg(concat(r.oid, ':', r.xmin), ' ' order by r.oid) from pg_publication_rel r where r.prpubid = p.oid),
        (select string_agg(concat(n.oid, ':', n.xmin), ' ' order by n.oid) from pg_publication_namespace n where n.pnpubid = p.oid))
        as definition
      from pg_publication p where pubname = $1`,
    [publication],
  );
  return { isWhole: rows[0]?.whole === true, definition: rows[0]?.definition ?? '' };
}
