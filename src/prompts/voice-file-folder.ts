import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VoiceFileArchive, VoiceFileForm } from '../accounts/ports.ts';

const suffixes: Readonly<Record<VoiceFileForm, string>> = { original: '.original', converted: '.wav' };

/**
 * Voice files as files of one folder: `SOUND.original` as it was uploaded, `SOUND.wav` as calls play it. A sound
 * is never written twice, so that whoever reads one reads a whole one.
 */
export class VoiceFileFolder implements VoiceFileArchive {
  readonly #folder: string;

  /** @param folder created when the first file is kept, readable by its owner only */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(sound: string, forms: Readonly<Record<VoiceFileForm, Uint8Array>>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    try {
      await this.#write(this.#path(sound, 'original'), forms.original);
      await this.#write(this.#path(sound, 'converted'), forms.converted);
      await this.#settle();
    } catch (error) {
      await this.remove(sound);
      throw error;
    }
  }

  async read(sound: string, form: VoiceFileForm): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(sound, form));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async remove(sound: string): Promise<void> {
    await rm(this.#path(sound, 'converted'), { force: true });
    await rm(this.#path(sound, 'original'), { force: true });
  }

  /**
   * Removes what a crash left between a file and its entry in the store. Not while files are being kept.
   *
   * @param known the sounds that have an entry
   * @returns how many files were removed
   */
  async sweep(known: ReadonlySet<string>): Promise<number> {
    const names = await this.#names();
    const stray = names.filter((name) => !known.has(name.slice(0, name.indexOf('.'))));
    for (const name of stray) await rm(join(this.#folder, name), { force: true });
    return stray.length;
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #path(sound: string, form: VoiceFileForm): string {
    if (!/^[0-9a-f]{32}$/.test(sound)) throw new RangeError('a sound has 32 hexadecimal digits');
    return join(this.#folder, `${sound}${suffixes[form]}`);
  }

  async #write(path: string, content: Uint8Array): Promise<void> {
    const draft = `${path}.draft`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(draft, path);
  }

  /** The names are durable once their folder is. */
  async #settle(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
