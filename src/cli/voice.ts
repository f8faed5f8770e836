import { openAsBlob, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import type { VoiceFileView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { facts, result, table } from './output.ts';

const pathOf = (name: string): string => `/voice-files/${encodeURIComponent(name)}`;

const secondsOf = ({ duration }: VoiceFileView): string => `${(duration / 1000).toFixed(1)} s`;

const lines = (file: VoiceFileView): string[] =>
  facts([
    ['name', file.name],
    ['state', file.state],
    ['reason', file.reason],
    ['duration', secondsOf(file)],
    ['uploaded', file.source.description],
    ['description', file.description],
  ]);

interface AddOptions extends ClientOptions {
  readonly name?: string;
  readonly description?: string;
  readonly approve?: boolean;
}

/** A folder or a pipe opens too, and would fail only as it is sent. */
async function fileOf(path: string): Promise<Blob | undefined> {
  try {
    return statSync(path).isFile() ? await openAsBlob(path) : undefined;
  } catch {
    return undefined;
  }
}

async function formOf(path: string, { name, description, approve }: AddOptions): Promise<FormData> {
  const form = new FormData();
  form.set('name', name ?? basename(path));
  if (description !== undefined) form.set('description', description);
  if (approve) form.set('approve', 'true');
  const file = await fileOf(path);
  if (file === undefined) {
    throw new CliFailure(`${path} cannot be read. Give a WAV, MP3, Ogg Opus or FLAC file.`);
  }
  form.set('file', file, basename(path));
  return form;
}

const add = clientCommand('add', 'upload a voice file; one of the same name is replaced')
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
    secondsOf(file),
    file.source.description,
    file.description,
  ]);
  result(options.json, document, () => table(['name', 'state', 'duration', 'uploaded', 'description'], rows));
});

const approve = clientCommand('approve', 'let calls use a voice file')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    const file = await clientOf(options).post<VoiceFileView>(`${pathOf(name)}/approve`);
    result(options.json, file, () => lines(file));
  });

const reject = clientCommand('reject', 'refuse a voice file, or take back its approval')
  .argument('<NAME>')
  .requiredOption('--reason <TEXT>', 'why')
  .action(async (name: string, options: ClientOptions & { reason: string }) => {
    const { reason } = options;
    const file = await clientOf(options).post<VoiceFileView>(`${pathOf(name)}/reject`, { reason });
    result(options.json, file, () => lines(file));
  });

const remove = clientCommand('remove', 'remove a voice file')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    await clientOf(options).delete(pathOf(name));
    result(options.json, { name, removed: true }, () => [`${name} is removed.`]);
  });

export function voiceCommand(): Command {
  const group = new Command('voice').description('voice files, which calls play by name');
  for (const command of [add, list, approve, reject, remove]) group.addCommand(command);
  return group;
}
