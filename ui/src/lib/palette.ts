import type { Identity } from '../api/types';

/** The tokens a canvas draws with, as the browser resolves them for the theme in force. */
export interface Palette {
  paper: string;
  sunk: string;
  line: string;
  line2: string;
  ink: string;
  ink2: string;
  ink3: string;
  data: string;
  ghost: string;
  band: string;
  error: string;
  pen: string;
  penBg: string;
  inferred: string;
  onBar: string;
  services: string[];
}

/** Reads the tokens. A canvas cannot use var(), so a probe element resolves each. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    paper: read('paper'),
    sunk: read('sunk'),
    line: read('line'),
    line2: read('line-2'),
    ink: read('ink'),
    ink2: read('ink-2'),
    ink3: read('ink-3'),
    data: read('data'),
    ghost: read('ghost'),
    band: read('band'),
    error: read('error'),
    pen: read('pen'),
    penBg: read('pen-bg'),
    inferred: read('inferred'),
    onBar: read('on-bar'),
    services: [0, 1, 2, 3, 4, 5, 6, 7].map((slot) => read(`service-${slot}`)),
  };
  probe.remove();
  return palette;
}

/** The colour of a service; grey where it has no identity. */
export function serviceColour(p: Palette, identity: Identity | null): string {
  return identity ? (p.services[identity.slot & 7] ?? p.inferred) : p.inferred;
}
