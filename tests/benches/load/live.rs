use std::error::Error;
use std::time::Duration;

use steadfast_core::connection::Status;
use tokio::fs;

use crate::servers::Server;

/// How long the connections are idle before the memory is looked at: longer than between two pings.
const IDLE: Duration = Duration::from_secs(30);

/// What a server needs for each of that many idle connections of native clients, in bytes.
pub(crate) async fn memory(server: &impl Server, count: usize) -> Result<f64, Box<dyn Error>> {
    let before = resident(server).await?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let connection = steadfast::connect(server.live_url().await?).open()?;
        connection.wait_until(|state| state.status == Status::Connected).await?;
        connections.push(connection);
    }
    tokio::time::sleep(IDLE).await;
    let left = connections.iter().filter(|one| one.state().status == Status::Connected).count();
    if left < count {
        return Err(format!("only {left} of {count} connections are held").into());
    }
    Ok((resident(server).await? - before) / count as f64)
}

/// The memory of a process that is in use, in bytes.
async fn resident(server: &impl Server) -> Result<f64, Box<dyn Error>> {
    let id = server.id().ok_or("the server has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status")).await?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0)
}
