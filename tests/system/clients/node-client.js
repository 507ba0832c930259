// node-client.js MODULE ADDRESS PORT: lists, reads, writes, renames and deletes in the share `files` by
// one of the SMB2 clients for Node.js, in the directory that it is started in. Says what came of each.
'use strict';

const fs = require('fs');
const path = require('path');
const { promisify } = require('util');

const [, , name, address, port] = process.argv;
const library = require(path.resolve('node_modules', name));
const logon = { domain: 'DEMO', username: 'alice', password: 'wonderland' };

// The family of `smb2`: one object with the operations, which take a callback.
function classic() {
	const client = new library({ share: `\\\\${address}\\files`, port: Number(port), autoCloseTimeout: 0, ...logon });
	const does = (what) => promisify(client[what].bind(client));
	return {
		list: () => does('readdir')(''),
		read: does('readFile'),
		write: does('writeFile'),
		rename: does('rename'),
		remove: does('unlink'),
		exists: does('exists'),
		close: () => (client.disconnect || client.close).call(client),
	};
}

// The family of `@awo00/smb2`: sessions and trees, and promises.
async function modern() {
	const client = new library.Client(address, { port: Number(port) });
	const tree = await (await client.authenticate(logon)).connectTree('files');
	return {
		list: async () => (await tree.readDirectory('/')).map((entry) => entry.filename),
		read: (file) => tree.readFile(file),
		write: (file, content) => tree.createFile(file, content),
		rename: (from, to) => tree.renameFile(from, to),
		remove: (file) => tree.removeFile(file),
		exists: (file) => tree.exists(file),
		close: () => client.close(),
	};
}

function check(what, holds) {
	console.log(`STEP ${what} ${holds ? 'ok' : 'failed'}`);
}

async function work() {
	const client = library.Client ? await modern() : classic();
	const content = fs.readFileSync('written');
	check('list', (await client.list()).join() === 'given');
	check('read', fs.readFileSync('given').equals(await client.read('given')));
	await client.write('one', content);
	await client.rename('one', 'two');
	check('rename', !(await client.exists('one')));
	check('again', content.equals(await client.read('two')));
	await client.write('gone', Buffer.from('bye'));
	await client.remove('gone');
	check('delete', !(await client.exists('gone')));
	client.close();
	console.log('DONE');
}

work().catch((fault) => {
	console.log(`FAULT ${fault.code || ''} ${fault.message || fault}`);
	process.exit(1);
});
