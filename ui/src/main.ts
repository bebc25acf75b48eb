import { mount } from 'svelte';
import './tokens.css';
import './fonts.css';
import './base.css';
import Root from './Root.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app to mount the product in');
mount(Root, { target });
