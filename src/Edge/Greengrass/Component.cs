using Microsoft.Extensions.Logging;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// The core as a component of AWS IoT Greengrass: settings from the component's configuration, in force as they change; copies of answers and orders over the nucleus's
/// IPC; frames, requests and answers as everywhere, over MQTT and SQS.
/// </summary>
public static class Component
{
    /// <summary>Runs until <paramref name="stop"/>; then drains as the core does, and returns.</summary>
    /// <exception cref="SettingsException">The configuration is wrong at the start. Later it is told, and the settings from before stay in force.</exception>
    /// <exception cref="IpcException">The nucleus does not take this component's token, or no longer.</exception>
    public static async Task RunAsync(ComponentOptions options, ComponentStatus status, ILoggerFactory loggers, TimeProvider time, CancellationToken stop)
    {
        try
        {
            var logger = loggers.CreateLogger("Sightline.Edge.Greengrass");
            await using var link = new IpcLink(options.SocketFile, options.Token, logger, time);
            status.Begin(link);
            var nucleus = new Nucleus(link, options.LargestMessage);
            using var states = new StateReports(nucleus, logger, time);
            try
            {
                await using var keeper = new CoreKeeper(options, status, nucleus, link.Refused, states, loggers, logger, time);
                await keeper.RunAsync(stop);
                status.Ended(null);
            }
            catch (Exception failure) when (failure is not OperationCanceledException and not IpcRefusedException)
            {
                if (failure is SettingsException) Log.WrongSettings(logger, failure.Message, "The core does not start");
                await states.SayAsync(ComponentState.Errored);
                throw;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            status.Ended(null); // told to stop
        }
        catch (Exception failure)
        {
            status.Ended(failure);
            throw;
        }
    }
}
