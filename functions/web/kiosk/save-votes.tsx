import { useRef, useState } from 'hono/jsx/dom';
import { saveFile } from '../page/save-file.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import { findSender, type MadeFile, makeKioskFile, type SaveFault, type Sender } from './kiosk-file.ts';
import type { Kiosk, KioskSpeech } from './kiosk-page.tsx';
import type { Counts, KioskStore } from './kiosk-store.ts';

export interface SaveVotesProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly counts: Counts;
}

type Saved = Omit<MadeFile, 'text'> & { readonly unreadable: number };

/** What came of the last press; null: nothing to tell. */
type Outcome = Saved | SaveFault | 'saving' | null;

/** For poll workers whose line does not come back. Nothing where no file can be made. */
export function SaveVotes({ speech, kiosk, counts }: SaveVotesProps) {
  const { messages } = speech;
  const [outcome, setOutcome] = useState<Outcome>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffectNow(() => {
    // While it was disabled it lost the focus: whoever pressed it with a key is still there.
    if (outcome !== null && outcome !== 'saving' && document.activeElement === document.body)
      button.current?.focus();
  }, [outcome]);
  const sender = findSender(kiosk.identity, kiosk.pairing);
  if (sender === null) return null;
  const saved = typeof outcome === 'object' ? outcome : null;
  const fault = outcome === 'not-saved' || outcome === 'none-readable' ? outcome : null;
  const press = async () => {
    setOutcome('saving');
    const after = saved === null || saved.left === 0 ? null : saved.last;
    setOutcome(await save(kiosk.store, sender, after).catch(() => 'not-saved' as const));
  };
  return (
    <>
      <div class="actions">
        <button
          ref={button}
          type="button"
          class="button second"
          disabled={outcome === 'saving' || counts.waiting + counts.refused === 0}
          onClick={() => void press()}
        >
          {messages.saveVotes}
        </button>
      </div>
      <p class="quiet small">{messages.saveVotesHint}</p>
      {/* Both are there before they say anything: what comes into them is read out. */}
      <p class="small" role="status">
        {saved === null
          ? null
          : [
              messages.savedVotes(saved.votes, saved.name),
              ...(saved.unreadable === 0 ? [] : [messages.leftOut(saved.unreadable)]),
              ...(saved.left === 0 ? [] : [messages.notAllFit(saved.left)]),
            ].join(' ')}
      </p>
      <p class="bad-text small" role="alert">
        {fault === null ? null : messages.saveFaults[fault]}
      </p>
    </>
  );
}

/** The votes stay where they are: what is delivered both ways is counted once, by its ballot id. */
async function save(
  store: Pick<KioskStore, 'readAll'>,
  sender: Sender,
  after: string | null,
): Promise<Saved | SaveFault | null> {
  const kept = await store.readAll();
  const made = await makeKioskFile(sender, kept, after, Date.now());
  // Without any, the last one has gone out meanwhile.
  if (made === null) return kept.unreadable === 0 ? null : 'none-readable';
  const { text, ...rest } = made;
  saveFile(made.name, 'application/json', text);
  return { ...rest, unreadable: kept.unreadable };
}
