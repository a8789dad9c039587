import { componentId, type ComponentId } from '../protocol/component-spec';

export type { ComponentId };

/** The id of a component. @param scope name of the repository that describes it, or null */
export function idOf(scope: string | null, name: string): ComponentId {
  return componentId.parse(scope === null ? name : `${scope}/${name}`);
}

/** A folder's name as the first part of an id: what no id may hold becomes `-`. */
export function scopeOf(folderName: string): string {
  const plain = folderName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain === '' ? 'repository' : plain.slice(0, 50);
}
