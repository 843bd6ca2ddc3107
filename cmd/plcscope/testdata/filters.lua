-- Prints for every filter in the file that FILTERS names, one a line, its number and the
-- frames that it selects, or the word refused.
local selected, n = {}, 0
for filter in io.lines(os.getenv("FILTERS")) do
	n = n + 1
	local ok, tap = pcall(Listener.new, "frame", filter)
	local frames = ok and {} or {"refused"}
	selected[n] = frames
	if ok then
		function tap.packet(pinfo) frames[#frames + 1] = pinfo.number end
	end
end
local last = Listener.new("frame")
function last.packet() end
function last.draw()
	for i = 1, n do print(i .. "\t" .. table.concat(selected[i], " ")) end
end
