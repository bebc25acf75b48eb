import { getContext, setContext } from 'svelte';
import type { Keyboard } from './keyboard';

const KEYBOARD = Symbol('keyboard');
export const provideKeyboard = (k: Keyboard) => setContext(KEYBOARD, k);
export const useKeyboard = () => getContext<Keyboard>(KEYBOARD);
