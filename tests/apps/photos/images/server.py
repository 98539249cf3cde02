"""The photos application's server: a small Immich that really keeps photos in PostgreSQL and in a folder.

PHOTOS_VERSION chooses the release (and with it the schema), PHOTOS_FAULT a defect of that release.
"""
import datetime, hashlib, http.server, json, os, random, signal, socket, sys, threading, time

import psycopg2

VERSION = os.environ['PHOTOS_VERSION']
FAULT = os.environ.get('PHOTOS_FAULT', '')
UPLOAD = '/usr/src/app/upload'
RELEASE = tuple(int(n) for n in VERSION.split('.'))
TABLE = 'asset' if RELEASE >= (2, 0, 0) else 'assets'  # 2.0.0 renamed it, as Immich did

INIT = """
create table users(id bigserial primary key, name text not null unique, created_at timestamptz not null default now());
create table albums(id bigserial primary key, owner_id bigint references users(id), title text not null);
create table assets(id bigserial primary key, owner_id bigint references users(id), original_name text not null,
                    checksum bytea not null, exif bytea, created_at timestamptz not null default now());
alter table assets alter column exif set storage external;
insert into users(name) values ('ada'), ('grace'), ('linus');
insert into albums(owner_id, title) select id, 'Holiday of ' || name from users;
"""
MIGRATIONS = [  # (since, name, sql)
    ((1, 119, 0), '1730000000000-Init', INIT),
    ((1, 120, 0), '1731000000000-AddFavorite', 'alter table assets add column is_favorite boolean not null default false;'),
    ((2, 0, 0), '1760000000000-RenameAssetsToAsset', 'alter table assets rename to asset;'),
]
# md5 of random() does not compress, so a dump is as large as asked for; `where` makes each row's payload its own.
SEED = """
insert into assets(owner_id, original_name, checksum, exif)
select 1 + i %% 3, 'IMG_' || lpad(i::text, 6, '0') || '.jpg', decode(md5(i::text), 'hex'),
       (select string_agg(decode(md5(random()::text), 'hex'), ''::bytea) from generate_series(1, %(blocks)s) where i = i)
from generate_series(1, %(photos)s) as i
"""


def log(level, message):
    now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    sys.stdout.write(f'{now} {level} {message}\n')
    sys.stdout.flush()


def die(message):
    log('ERROR', message)
    os._exit(1)


def reason(error):
    return str(error).strip().split('\n')[0]


class Database:
    """One connection, made again after it was lost; autocommit, so that no lock outlives a request."""

    def __init__(self):
        self.lock = threading.Lock()
        self.connection = None

    def connect(self):
        c = psycopg2.connect(host=os.environ['DB_HOSTNAME'], port=os.environ.get('DB_PORT', '5432'), user=os.environ['DB_USERNAME'],
                             password=os.environ['DB_PASSWORD'], dbname=os.environ['DB_DATABASE_NAME'], connect_timeout=5,
                             application_name='photos-server')
        c.autocommit = True
        return c

    def query(self, sql, args=()):
        with self.lock:
            try:
                if self.connection is None or self.connection.closed:
                    self.connection = self.connect()
                with self.connection.cursor() as cursor:
                    cursor.execute(sql, args)
                    return cursor.fetchall() if cursor.description else []
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
                raise


database = Database()


def redis_ping():
    host, port = os.environ['REDIS_HOSTNAME'], int(os.environ.get('REDIS_PORT', '6379'))
    with socket.create_connection((host, port), timeout=3) as s:
        s.sendall(b'PING\r\n')
        if not s.recv(64).startswith(b'+PONG'):
            raise OSError('Redis did not answer PONG')


def wait_for(what, probe):
    until = time.time() + 60
    while True:
        try:
            return probe()
        except (OSError, psycopg2.OperationalError) as e:
            if time.time() > until:
                die(f'{what} is unreachable: {reason(e)}')
            log('WARN', f'waiting for {what}: {reason(e)}')
            time.sleep(0.5)


def store(asset_id, data):
    path = f'{UPLOAD}/library/{asset_id}'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + '.part', 'wb') as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + '.part', path)


def seed(cursor):
    photos, size = int(os.environ.get('SEED_PHOTOS', '2000')), int(os.environ.get('SEED_BYTES_PER_PHOTO', '0'))
    cursor.execute(SEED, {'photos': photos, 'blocks': (size + 15) // 16})
    for i in range(1, 4):
        data = random.Random(i).randbytes(20000 * i)
        cursor.execute('insert into assets(owner_id, original_name, checksum) values (%s, %s, %s) returning id',
                       (i, f'real-{i}.jpg', hashlib.sha256(data).digest()))
        store(cursor.fetchone()[0], data)
    log('INFO', f'seeded {photos} photos and 3 files')


def migrate():
    """All missing migrations in one transaction; the lock lets only one of two starting servers do it."""
    c = database.connect()
    c.autocommit = False
    with c, c.cursor() as cursor:
        cursor.execute('select pg_advisory_xact_lock(1119)')
        cursor.execute('create table if not exists migrations(id serial primary key, name text unique, applied_at timestamptz default now())')
        cursor.execute('select name from migrations')
        applied = {row[0] for row in cursor.fetchall()}
        for since, name, sql in MIGRATIONS:
            if since > RELEASE or name in applied:
                continue
            log('INFO', f'applying migration {name}')
            cursor.execute(sql)
            if 'Init' in name:
                seed(cursor)
            if 'Rename' in name and FAULT == 'lossy':
                cursor.execute('delete from asset where id % 100 = 0')
            if 'Rename' in name and FAULT == 'wedge':
                log('INFO', 'rebuilding search index')
                time.sleep(86400)  # with the renamed table still locked
            cursor.execute('insert into migrations(name) values (%s)', (name,))
    c.close()


def count():
    return database.query(f'select count(*) from {TABLE}')[0][0]


def noise():
    for i in range(40):
        log('ERROR', f'thumbnail worker lost connection to queue (job {1000 + i})')
        time.sleep(0.1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def reply(self, status, body, kind='application/json'):
        body = body if isinstance(body, bytes) else json.dumps(body, separators=(',', ':')).encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, work):
        try:
            work()
        except (psycopg2.Error, OSError) as e:
            log('ERROR', reason(e))
            self.reply(503, {'message': reason(e)})

    def do_GET(self):
        self.answer(self.get)

    def do_POST(self):
        self.answer(self.post)

    def get(self):
        if self.path == '/api/server/ping':
            database.query(f'select 1 from {TABLE} limit 1')
            redis_ping()
            self.reply(200, {'res': 'pong'})
        elif self.path == '/api/server/version':
            self.reply(200, dict(zip(('major', 'minor', 'patch'), RELEASE)))
        elif self.path == '/api/server/statistics':
            self.reply(200, {'photos': count()})
        elif self.path.startswith('/api/assets/') and self.path[12:].isdigit() and os.path.exists(f'{UPLOAD}/library/{self.path[12:]}'):
            with open(f'{UPLOAD}/library/{self.path[12:]}', 'rb') as f:
                self.reply(200, f.read(), 'application/octet-stream')
        else:
            self.reply(404, {'message': 'not found'})

    def post(self):
        data = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        if self.path != '/api/assets':
            return self.reply(404, {'message': 'not found'})
        # The file first: a row without its file would be a lost photo. The sequence kept its name when the table lost its own.
        asset_id = database.query("select nextval('assets_id_seq')")[0][0]
        store(asset_id, data)
        digest = hashlib.sha256(data)
        database.query(f'insert into {TABLE}(id, owner_id, original_name, checksum) values (%s, 1, %s, %s)',
                       (asset_id, self.headers.get('X-Name', 'upload.jpg'), digest.digest()))
        self.reply(201, {'id': asset_id, 'checksum': digest.hexdigest()})

    def log_message(self, *args):
        pass


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    level = os.environ.get('LOG_LEVEL', 'info')
    log('INFO', f'starting photos-server {VERSION} with log level {level}')
    if FAULT == 'crash':
        log('INFO', 'loading configuration from /usr/src/app/config')
        log('INFO', 'found 12 configuration keys')
        print('FATAL: cannot parse config key xyz', flush=True)
        sys.exit(1)
    wait_for('PostgreSQL', lambda: database.query('select 1'))
    wait_for('Redis', redis_ping)
    try:
        migrate()
        log('INFO', f'library holds {count()} photos')
    except psycopg2.Error as e:
        die(reason(e))
    if FAULT == 'noisy':
        threading.Thread(target=noise, daemon=True).start()
    log('INFO', 'listening on 2283')
    http.server.ThreadingHTTPServer(('', 2283), Handler).serve_forever()


main()
