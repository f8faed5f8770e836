import type { Multipart, MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { VoiceFileUpload } from '../../accounts/voice-file-administration.ts';
import { LARGEST_SOURCE } from '../../accounts/voice-file.ts';
import { VoiceFileRefusal } from '../../accounts/voice-file-refusal.ts';
import { AdminRefusal } from './errors.ts';

/** Octets of one field that is not the file. */
const LONGEST_FIELD = 4096;

const limits = { fileSize: LARGEST_SOURCE, files: 1, fields: 3, parts: 4, fieldSize: LONGEST_FIELD };

const invalid = (message: string): AdminRefusal =>
  new AdminRefusal(
    400,
    'invalid-request',
    message,
    'Send multipart/form-data with file, name, and if you like description and approve.',
  );

/**
 * Reads the form of an upload; its parts may come in any order.
 * @throws {AdminRefusal} 400 and {VoiceFileRefusal} when the file is too large
 */
export async function readUpload(request: FastifyRequest): Promise<VoiceFileUpload> {
  if (!request.isMultipart()) throw invalid('The request is not a form with a file.');
  const fields = new Map<string, string>();
  let source: Uint8Array | undefined;
  for await (const part of request.parts({ limits, throwFileSizeLimit: false } as object)) {
    if (isFile(part)) source = await readFile(part);
    else fields.set(part.fieldname, textOf(part));
  }
  const name = fields.get('name');
  if (source === undefined) throw invalid('The form has no file.');
  if (name === undefined) throw invalid('The form has no name.');
  return { name, description: fields.get('description'), source, approve: approvalOf(fields.get('approve')) };
}

const isFile = (part: Multipart): part is MultipartFile => part.type === 'file';

async function readFile({ fieldname, file, toBuffer }: MultipartFile): Promise<Uint8Array> {
  if (fieldname !== 'file') {
    file.resume();
    throw invalid('The file of the form is not called file.');
  }
  const source = await toBuffer();
  if (!file.truncated) return source;
  throw new VoiceFileRefusal('too-large', 'larger than 6 MB', 'a file of at most 6 MB');
}

function textOf({ fieldname, value, valueTruncated }: MultipartValue): string {
  if (!['name', 'description', 'approve'].includes(fieldname) || typeof value !== 'string' || valueTruncated)
    throw invalid('The form has a field that is unknown, repeated or too long.');
  return value;
}

function approvalOf(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw invalid('approve is true or false.');
}
