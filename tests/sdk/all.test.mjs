// Both in one process: most of the time goes into loading the clients.
import './same.test.mjs';
import './errors.test.mjs';
