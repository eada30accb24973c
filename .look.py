import httpx, psutil, time, json
from google.transit import gtfs_realtime_pb2 as pb
c=httpx.Client(base_url="http://127.0.0.1:18931",timeout=30,trust_env=False)
r=c.get("/api/v1/transport/bus_information/line",params={"line":"demo-busan:L1"}).json(); print(len(r["vehicles"]), r["vehicles"][:1], [(w["headsign"],len(w["stops"])) for w in r["ways"]])
v=c.get("/api/v1/streams/bus_information/vehicles/current").json(); print("vehicles",len(v), v[0])
e=c.get("/api/v1/streams/bus_information/stop_events/current").json(); print("stops with events",len(e), e[0] if e else None)
h=c.get("/api/v1/streams/bus_information/stop_hours/current").json(); print("stop hours",len(h), h[0] if h else None)
for k in ("vehicle_positions","trip_updates","alerts"):
    t=time.time(); a=c.get(f"/api/v1/gtfs-realtime/{k}"); m=pb.FeedMessage(); m.ParseFromString(a.content); print(k,a.status_code,len(a.content),len(m.entity),round(time.time()-t,3), m.header.timestamp-time.time())
z=c.get("/api/v1/gtfs/demo-busan.zip"); print(z.status_code,len(z.content))
j=c.get("/api/v1/journeys",params={"from":"129.0593,35.158","to":"129.159,35.1637"}); print(j.status_code, j.text[:300])
ts=[]
for i in range(30):
    t=time.time(); c.get("/api/v1/transport/bus_information/board",params={"stop":"demo-busan:B0011"}); ts.append(time.time()-t)
ts.sort(); print("board p50",ts[15],"p95",ts[28])
tot=0
for p in psutil.process_iter(['cmdline']):
    try:
        q=' '.join(p.info['cmdline'] or [])
        e=p.environ() if ('python' in q or 'postgres' in q or 'nats' in q) else {}
        if '/tmp/buses_demo' in q or e.get('UCITY_DATA')=='/tmp/buses_demo' or p.cwd().startswith('/tmp/buses_demo'):
            if 'timeout' in q: continue
            pss=p.memory_full_info().pss/1e6; tot+=pss; print(round(pss,1), q[:70])
    except Exception as x: pass
print("PSS",tot)
