/** Long answers as files, with word of how far they are. */
import { answerTo } from './client.ts';

export interface Progress {
  readonly octets: number;
  /** Lines that are complete; of CSV, line ends within quotes end none. */
  readonly lines: number;
}

export interface DownloadRequest {
  /** Below /admin/v1. */
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly format: 'csv' | 'jsonl';
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Octets after which what came is handed to the browser, which keeps it where it likes. */
const PIECE = 4 * 1024 * 1024;

class LineCount {
  readonly #quotes: boolean;
  #isQuoted = false;
  lines = 0;

  constructor(format: DownloadRequest['format']) {
    this.#quotes = format === 'csv';
  }

  add(octets: Uint8Array): void {
    for (const octet of octets) {
      if (octet === 0x22 && this.#quotes) this.#isQuoted = !this.#isQuoted;
      else if (octet === 0x0a && !this.#isQuoted) this.lines += 1;
    }
  }
}

/** The whole answer. Rejects with ApiError; with the browser's error when it is cut off or aborted. */
export async function download({
  path,
  method = 'GET',
  body,
  format,
  signal,
  onProgress,
}: DownloadRequest): Promise<{ readonly file: Blob; readonly progress: Progress }> {
  const response = await answerTo(method, path, { body, signal });
  const count = new LineCount(format);
  const pieces: Blob[] = [];
  let [octets, gathered, chunks]: [number, number, Uint8Array<ArrayBuffer>[]] = [0, 0, []];
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
    count.add(read.value);
    octets += read.value.length;
    gathered += read.value.length;
    if (gathered >= PIECE) {
      pieces.push(new Blob(chunks));
      [gathered, chunks] = [0, []];
    }
    onProgress?.({ octets, lines: count.lines });
  }
  return { file: new Blob([...pieces, ...chunks]), progress: { octets, lines: count.lines } };
}

/** As the browser saves files. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
