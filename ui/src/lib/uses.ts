/** Uses of removed names, as the migration page shows them. */
import type { MigratingService, Use } from '../api/types';
import { plural } from './format';

/** A place of a service, in whatever environments and versions. */
export interface UsedPlace extends Use {
  envs: string[];
  versions: string[];
}

/** One row for each place of a service; what several programs have is summed up. */
export function places(uses: readonly Use[]): UsedPlace[] {
  const byPlace = new Map<string, UsedPlace>();
  const put = (list: string[], one: string) => {
    if (one && !list.includes(one)) list.push(one);
  };
  for (const u of uses) {
    const key = JSON.stringify([u.service, u.change, u.name, u.file, u.line, u.function]);
    let row = byPlace.get(key);
    if (row) {
      row.count += u.count;
      row.first = Math.min(row.first, u.first);
      row.last = Math.max(row.last, u.last);
      row.recent ||= u.recent;
    } else {
      row = { ...u, envs: [], versions: [] };
      byPlace.set(key, row);
    }
    put(row.envs, u.env);
    put(row.versions, u.version);
  }
  return [...byPlace.values()];
}

/** How far a service is, in a few words. */
export function stateWords(s: MigratingService): string {
  switch (s.state) {
    case 'safe':
      return 'Safe for v4';
    case 'watching':
      return 'No use so far';
    case 'uses':
      return `${plural(s.blocking, 'use')} left`;
    case 'off':
      return 'Bridge off';
  }
}

/** Those in the way of v4 first, then those that nobody watches. */
export const STATE_ORDER: Record<MigratingService['state'], number> = {
  uses: 0,
  off: 1,
  watching: 2,
  safe: 3,
};

/** The end of a path that a reader knows it by; the whole stands in the title. */
export function shortFile(file: string): string {
  const parts = file.split('/').filter(Boolean);
  return parts.length > 3 ? '…/' + parts.slice(-3).join('/') : file;
}
