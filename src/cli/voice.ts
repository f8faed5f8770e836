import { createWriteStream, openAsBlob, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { VoiceFileContentView, VoiceFileView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';
import { writeWhole } from './whole-file.ts';
import { reviewCommands, reviewFacts, servedBy } from './review-commands.ts';

const pathOf = (name: string): string => `/voice-files/${encodeURIComponent(name)}`;

const secondsOf = ({ duration }: VoiceFileContentView): string => `${(duration / 1000).toFixed(1)} s`;

const lines = (file: VoiceFileView): string[] =>
  facts([
    ['name', file.name],
    ...reviewFacts(file),
    ['duration', secondsOf(file)],
    ['uploaded', file.source.description],
    ['description', file.description],
  ]);

interface AddOptions extends ClientOptions {
  readonly name?: string;
  readonly description?: string;
  readonly approve?: boolean;
}

const KINDS = 'a WAV, MP3, Ogg Opus or FLAC file of at most 6 MB';

/** A folder or a pipe opens too, and would fail only as it is sent. */
async function fileOf(path: string): Promise<Blob> {
  const wanted = `Give the path of ${KINDS}.`;
  try {
    if (statSync(path).isFile()) return await openAsBlob(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new CliFailure(`There is no file ${path}. ${wanted}`);
    throw new CliFailure(`${path} cannot be read (${code}). ${wanted}`);
  }
  throw new CliFailure(`${path} is not a file. ${wanted}`);
}

/** The name that calls use: what was given, else that of the file. What is uploaded may be of any kind; the name ends in .wav. */
function nameOf(path: string, given: string | undefined): string {
  const name = given ?? basename(path);
  if (/\.wav$/i.test(name)) return name;
  const stem = basename(name, extname(name)).replaceAll(/[^\w\-.@]/g, '_');
  const wanted = `${stem || 'prompt'}.wav`;
  throw new CliFailure(
    given === undefined
      ? `Calls name a voice file by a name that ends in .wav, and ${name} does not. Say which: --name ${wanted}.`
      : `The name ${name} does not end in .wav, whatever kind of file it is. Give for example --name ${wanted}.`,
  );
}

async function formOf(path: string, { name, description, approve }: AddOptions): Promise<FormData> {
  const form = new FormData();
  const file = await fileOf(path);
  form.set('name', nameOf(path, name));
  if (description !== undefined) form.set('description', description);
  if (approve) form.set('approve', 'true');
  form.set('file', file, basename(path));
  return form;
}

const add = clientCommand('add', 'upload a voice file; of the same name: its next revision')
  .argument('<FILE>', 'WAV, MP3, Ogg Opus or FLAC, at most 6 MB')
  .option('--name <NAME>', 'what calls name it, ending in .wav; default: the name of the file')
  .option('--description <TEXT>', 'for the reviewer')
  .option('--approve', 'calls may use it at once')
  .action(async (path: string, options: AddOptions) => {
    const client = clientOf(options);
    const file = await client.upload<VoiceFileView>('/voice-files', await formOf(path, options));
    result(options.json, file, () => lines(file));
  });

const list = clientCommand('list', 'all voice files').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ voiceFiles: VoiceFileView[] }>('/voice-files');
  const rows = document.voiceFiles.map((file) => [
    file.name,
    file.state,
    servedBy(file),
    secondsOf(file),
    file.source.description,
    file.description,
  ]);
  result(options.json, document, () =>
    table(['name', 'state', 'in service', 'duration', 'uploaded', 'description'], rows),
  );
});

const show = clientCommand('show', 'one voice file')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    const file = await clientOf(options).get<VoiceFileView>(pathOf(name));
    result(options.json, file, () => lines(file));
  });

interface DownloadOptions extends ClientOptions {
  readonly out?: string;
  readonly original?: boolean;
  readonly revision?: number;
}

const download = clientCommand('download', 'the sound of a voice file, to be heard before it is approved')
  .argument('<NAME>')
  .option(
    '--out <FILE>',
    'into this file, which is replaced [the name, in this folder; - for standard output]',
  )
  .option('--original', 'as it was uploaded, instead of as calls play it (WAV, A-law)')
  .option('--revision <N>', 'the latest or the one in service [the latest]', wholeNumber)
  .action(async (name: string, { out = name, original, revision, ...options }: DownloadOptions) => {
    const query = { form: original ? 'original' : undefined, revision: revision?.toString() };
    const source = Readable.fromWeb(
      (await clientOf(options).stream(`${pathOf(name)}/audio`, query)) as never,
    );
    if (out === '-') {
      await pipeline(source, process.stdout, { end: false });
      return;
    }
    await writeWhole(out, (draft) => pipeline(source, createWriteStream(draft, { mode: 0o600 })));
    const { size } = statSync(out);
    result(options.json, { name, file: out, size }, () => [`${size} octets in ${out}`]);
  });

const common = reviewCommands<VoiceFileView, VoiceFileContentView>({
  article: 'a voice file',
  argument: '<NAME>',
  member: 'name',
  pathOf,
  lines,
  contentHead: ['duration', 'uploaded', 'description'],
  contentCells: (content) => [secondsOf(content), content.source.description, content.description],
});

export function voiceCommand(): Command {
  const group = new Command('voice').description('voice files, which calls play by name');
  for (const command of [add, list, show, download, ...common]) group.addCommand(command);
  return group;
}
