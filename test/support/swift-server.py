"""OpenStack Swift in one process, for tests: a proxy that speaks S3, and an account, a container and an object server.

Argument: a directory for its databases. Objects are kept in memory, and listed in pages of two. Signatures are verified
against the access key `test:tester` with the secret `testing`. Prints `ready PORT` when it listens on 127.0.0.1.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()
import eventlet.wsgi  # noqa: E402
from paste.deploy import loadapp  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common import utils  # noqa: E402

HOST = '127.0.0.1'
SWIFT = """[swift-hash]
swift_hash_path_suffix = tests
[storage-policy:0]
name = only
default = yes
"""
PROXY = """[pipeline:main]
pipeline = catch_errors s3api tempauth proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
max_bucket_listing = 2
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[app:proxy-server]
use = egg:swift#proxy
swift_dir = {directory}
account_autocreate = true
"""
STORE = """[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{app}
swift_dir = {directory}
devices = {directory}/devices
mount_check = false
"""


STORES = {'account': 'account', 'container': 'container', 'object': 'mem_object'}


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def build_ring(directory, kind, port):
    builder = RingBuilder(1, 1, 1)
    device = {'id': 0, 'region': 1, 'zone': 1, 'ip': HOST, 'port': port, 'device': 'disk', 'weight': 1.0}
    builder.add_dev(device)
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, kind + '.ring.gz'))


class Cache:
    """As much of a memcached as the proxy asks for."""

    def __init__(self):
        self.entries = {}

    def get(self, key, *_args, **_options):
        return self.entries.get(key)

    def set(self, key, value, *_args, **_options):
        self.entries[key] = value

    def delete(self, key, *_args, **_options):
        self.entries.pop(key, None)


def with_cache(app):
    cache = Cache()

    def cached(environ, start_response):
        environ['swift.cache'] = cache
        return app(environ, start_response)

    return cached


def serve(directory, kind, text, listener):
    path = os.path.join(directory, kind + '.conf')
    write(path, text)
    eventlet.spawn(eventlet.wsgi.server, listener, with_cache(loadapp('config:' + path)), log_output=False)


def main(directory):
    os.makedirs(os.path.join(directory, 'devices', 'disk'))
    write(os.path.join(directory, 'swift.conf'), SWIFT)
    utils.set_swift_dir(directory)
    listeners = {kind: eventlet.listen((HOST, 0)) for kind in STORES}
    for kind, listener in listeners.items():
        build_ring(directory, kind, listener.getsockname()[1])
    for kind, listener in listeners.items():
        text = STORE.format(directory=directory, kind=kind, app=STORES[kind])
        serve(directory, kind, text, listener)
    proxy = eventlet.listen((HOST, 0))
    serve(directory, 'proxy', PROXY.format(directory=directory), proxy)
    print('ready', proxy.getsockname()[1], flush=True)
    eventlet.event.Event().wait()


main(sys.argv[1])
