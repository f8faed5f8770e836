/** What customers and operators do with voice templates, in whole steps over the store. */
import { DEFAULT_SP_ID } from './apps.ts';
import type { TemplateStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { approval, rejection } from './review.ts';
import { RuleViolation } from './rule-violation.ts';
import {
  changedTemplate,
  newTemplate,
  reviewedTemplate,
  type NewTemplate,
  type Template,
  type TemplateChange,
} from './template.ts';
import { newIdentifier } from './voice-file.ts';

export interface TemplateAdministrationOptions {
  readonly store: TemplateStore;
  readonly now: () => number;
  readonly random: RandomIntegers;
}

/** Every method rejects with RuleViolation when a rule forbids it. `spId` is the account whose templates are meant. */
export class TemplateAdministration {
  readonly #options: TemplateAdministrationOptions;
  /** Changes run one after another, so that each sees what the one before it left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TemplateAdministrationOptions) {
    this.#options = options;
  }

  async create(wanted: NewTemplate, spId = DEFAULT_SP_ID): Promise<Template> {
    const { store, now, random } = this.#options;
    const template = newTemplate(wanted, {
      templateId: newIdentifier(random),
      spId,
      now: now(),
    });
    await store.putTemplate(template);
    return template;
  }

  /** In order of creation. */
  templates(spId = DEFAULT_SP_ID): Promise<Template[]> {
    return this.#options.store.templates(spId);
  }

  async template(templateId: string, spId = DEFAULT_SP_ID): Promise<Template> {
    const template = await this.#options.store.template(spId, templateId);
    if (template !== undefined) return template;
    throw new RuleViolation('template-unknown', 'There is no template with this id.', {
      field: 'templateId',
      remedy: 'openvoicecall template list shows the templates there are.',
    });
  }

  update(templateId: string, change: TemplateChange, spId?: string): Promise<Template> {
    return this.#change(templateId, (template, now) => changedTemplate(template, change, now), spId);
  }

  approve(templateId: string, spId?: string): Promise<Template> {
    return this.#change(templateId, (template, now) => reviewedTemplate(template, approval, now), spId);
  }

  /** Also takes back an approval: the template cannot be used any more. */
  async reject(templateId: string, reason: string, spId?: string): Promise<Template> {
    const review = rejection(reason);
    return this.#change(templateId, (template, now) => reviewedTemplate(template, review, now), spId);
  }

  remove(templateId: string, spId = DEFAULT_SP_ID): Promise<void> {
    return this.#alone(async () => {
      await this.template(templateId, spId);
      await this.#options.store.removeTemplate(spId, templateId);
    });
  }

  #change(
    templateId: string,
    step: (template: Template, now: number) => Template,
    spId?: string,
  ): Promise<Template> {
    return this.#alone(async () => {
      const changed = step(await this.template(templateId, spId), this.#options.now());
      await this.#options.store.putTemplate(changed);
      return changed;
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
