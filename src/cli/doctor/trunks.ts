import type { Config } from '../../config/config.ts';
import { AdminClient } from '../admin-client.ts';
import type { TrunkCheckView, TrunkView } from '../api.ts';
import { version } from '../version.ts';
import { bad, type Finding, good, reasonOf } from './check.ts';

/** Whether calls could leave: by the trunks of a platform that runs, else by that of the settings. */
export async function checkTrunks(
  config: Config,
  isRunning: boolean,
  sipPortIsFree: boolean,
): Promise<Finding[]> {
  if (isRunning) return checkRunning(config);
  if (config.trunk === undefined) {
    return [good('trunk', 'none in the settings; those of the database are checked while the platform runs')];
  }
  const { examineSettingsTrunk } = await import('../../main.ts');
  try {
    const findings = await examineSettingsTrunk(config, version, sipPortIsFree ? config.sip.port : 0);
    return findings.map((finding) => ({ ...finding, name: `trunk ${finding.name}` }));
  } catch (error) {
    const detail = `it cannot be asked: ${reasonOf(error)}`;
    return [bad('trunk', detail, 'correct --sip, --public-address or --sip-tls-authorities')];
  }
}

async function checkRunning({ data }: Config): Promise<Finding[]> {
  const client = AdminClient.open({ data });
  const { trunks } = await client.get<{ trunks: TrunkView[] }>('/trunks');
  if (trunks.length === 0) return [good('trunk', 'none: every number rings a sandbox phone')];
  const findings: Finding[] = [];
  for (const { name } of trunks) {
    const { checks } = await client.post<TrunkCheckView>(`/trunks/${encodeURIComponent(name)}/check`);
    findings.push(...checks.map((finding) => ({ ...finding, name: `trunk ${name} ${finding.name}` })));
  }
  return findings;
}
