/** Keys: which there are, for whom, and who gets one that was pressed. */

export interface Key {
  /** As KeyboardEvent.key; two letters with a space are a sequence. */
  keys: string[];
  does: string;
  run: (e: KeyboardEvent) => void;
}

export interface KeyGroup {
  title: string;
  keys: Key[];
}

/** How long the first key of a sequence waits for its second, ms. */
const SEQUENCE = 1200;

function inText(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  if (!el?.matches) return false;
  return el.matches(
    'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable="true"]',
  );
}

/** Groups of keys in force; the last one added is asked first. */
export class Keyboard {
  #groups: KeyGroup[] = [];
  #first = '';
  #firstAt = 0;

  /** `letters` says whether single letters work at all. */
  constructor(private readonly letters: () => boolean) {}

  groups(): readonly KeyGroup[] {
    return this.#groups;
  }

  /** Puts a group in force; the result takes it out again. */
  use(group: KeyGroup): () => void {
    this.#groups.push(group);
    return () => {
      this.#groups = this.#groups.filter((g) => g !== group);
    };
  }

  handle = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
    if (inText(e.target)) return;
    if (e.key.length === 1 && !this.letters()) return;
    const sequence = e.timeStamp - this.#firstAt < SEQUENCE ? `${this.#first} ${e.key}` : '';
    const key = (sequence && this.#find(sequence)) || this.#find(e.key);
    if (key) {
      this.#first = '';
      e.preventDefault();
      key.run(e);
      return;
    }
    this.#first = e.key;
    this.#firstAt = e.timeStamp;
  };

  #find(key: string): Key | undefined {
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      const found = this.#groups[i].keys.find((k) => k.keys.includes(key));
      if (found) return found;
    }
    return undefined;
  }
}

const NAMES: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** A key as the keyboard map shows it. */
export const shown = (key: string) => NAMES[key] ?? key;
