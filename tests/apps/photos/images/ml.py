"""The photos application's machine learning service: keeps a model file in /cache and answers /ping."""
import datetime, hashlib, http.server, os, signal, sys

VERSION = os.environ['PHOTOS_VERSION']


def log(level, message):
    print(datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'), level, message, flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path == '/ping'
        body = b'pong' if known else b'not found'
        self.send_response(200 if known else 404)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
log('INFO', f"starting photos-machine-learning {VERSION} with {os.environ.get('MACHINE_LEARNING_WORKERS', '1')} workers")
os.makedirs('/cache', exist_ok=True)
model = f'/cache/clip-{VERSION}.bin'
if not os.path.exists(model):
    with open(model + '.part', 'wb') as f:
        f.write(b''.join(hashlib.sha256(f'{VERSION} {i}'.encode()).digest() for i in range(8192)))
    os.rename(model + '.part', model)
    log('INFO', f'downloaded model {model}')
log('INFO', 'listening on 3003')
http.server.ThreadingHTTPServer(('', 3003), Handler).serve_forever()
