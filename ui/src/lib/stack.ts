/** Python tracebacks: frames of the application open, frames of libraries folded. */

export interface Frame {
  file: string;
  line: number;
  function: string;
  /** Source lines as the traceback holds them. */
  code: string[];
  own: boolean;
}

export interface Stack {
  frames: Frame[];
  /** The last lines: type and message, and what could not be read as a frame. */
  rest: string[];
}

const FRAME = /^\s*File "([^"]*)", line (\d+), in (.*)$/;
const MARKS = /^[\s~^]+$/;

const LIBRARY =
  /site-packages|dist-packages|[\\/]lib[\\/]python\d|^<frozen |^<string>|ddtrace[\\/]|hoofprint[\\/]/;

/** Reads a traceback; text that is none comes back whole in `rest`. */
export function parse(text: string): Stack {
  const frames: Frame[] = [];
  const rest: string[] = [];
  let frame: Frame | undefined;
  for (const line of text.split('\n')) {
    const m = FRAME.exec(line);
    if (m) {
      frame = { file: m[1], line: Number(m[2]), function: m[3], code: [], own: !LIBRARY.test(m[1]) };
      frames.push(frame);
    } else if (frame && /^\s{4,}/.test(line)) {
      if (!MARKS.test(line)) frame.code.push(line.replace(/^ {4}/, ''));
    } else {
      frame = undefined;
      if (line.trim() && !/^Traceback \(most recent call last\)/.test(line)) rest.push(line);
    }
  }
  return { frames, rest };
}

export type Piece = { kind: 'frame'; frame: Frame } | { kind: 'folded'; frames: Frame[] };

/** The frame that failed first, runs of library frames joined. With no frame of its own all stay open. */
export function pieces(stack: Stack): Piece[] {
  const all = [...stack.frames].reverse();
  if (!all.some((f) => f.own)) return all.map((frame) => ({ kind: 'frame', frame }));
  const out: Piece[] = [];
  for (const frame of all) {
    const last = out[out.length - 1];
    if (frame.own) out.push({ kind: 'frame', frame });
    else if (last?.kind === 'folded') last.frames.push(frame);
    else out.push({ kind: 'folded', frames: [frame] });
  }
  return out;
}
