/** What a field for places suggests. */
import type { Spot } from './ask';

export interface Option {
  id: string;
  kind: string;
  name: string;
  note: string;
  /** Where it is; null for what is no place. */
  spot: Spot | null;
}
