package s7comm

import "plcscope/internal/wire"

// piService says what a program invocation does and what its parameter block holds.
type piService struct {
	title     string
	blocks    bool          // a list of block names
	arguments []*piArgument // strings
}

// piArgument is one string among the arguments of a service.
type piArgument struct {
	name  string
	field *wire.Field
}

func argument(name, title string) *piArgument {
	return &piArgument{name, Fields.String("s7comm.param.pi.n_x."+name, title)}
}

// fPIArgument1 is the whole parameter block as one text without a length before it.
var fPIArgument1 = &piArgument{"argument", fPIArgument}

var (
	argAddressident        = argument("addressident", "Addressidentification")
	argPassword            = &piArgument{"password", Fields.Secret("s7comm.param.pi.n_x.password", "Password")}
	argFilename            = argument("filename", "Filename")
	argEditwindowname      = argument("editwindowname", "Editor Window Name")
	argSeekpointer         = argument("seekpointer", "Seek pointer")
	argWindowsize          = argument("windowsize", "Window size")
	argComparestring       = argument("comparestring", "Compare String")
	argSkipcount           = argument("skipcount", "Skip Count")
	argDirection           = argument("direction", "Direction")
	argSourcefilename      = argument("sourcefilename", "Source-Filename")
	argDestinationfilename = argument("destinationfilename", "Destination-Filename")
	argOldfilename         = argument("oldfilename", "Old Filename")
	argNewfilename         = argument("newfilename", "New Filename")
	argProtection          = argument("protection", "Protection")
	argChannelnumber       = argument("channelnumber", "Channel Number")
	argInterruptnr         = argument("interruptnr", "Interrupt Number")
	argPriority            = argument("priority", "Priority")
	argLiftfast            = argument("liftfast", "Liftfast")
	argBlsync              = argument("blsync", "Blsync")
	argMagnr               = argument("magnr", "Magnr")
	argDnr                 = argument("dnr", "DNr")
	argSpindlenumber       = argument("spindlenumber", "Spindle Number")
	argWznr                = argument("wznr", "WZ-Nr")
	argClass               = argument("class", "Class")
	argTnr                 = argument("tnr", "TNr")
	argToolnumber          = argument("toolnumber", "Tool Number")
	argCenumber            = argument("cenumber", "CE-Number")
	argDatablocknumber     = argument("datablocknumber", "Datablock Number")
	argFirstcolumnnumber   = argument("firstcolumnnumber", "First Column Number")
	argLastcolumnnumber    = argument("lastcolumnnumber", "Last Column Number")
	argFirstrownnumber     = argument("firstrownnumber", "First Row Number")
	argLastrownnumber      = argument("lastrownnumber", "Last Row Number")
	argFindmode            = argument("findmode", "Findmode")
	argSwitch              = argument("switch", "Switch")
	argFunctionnumber      = argument("functionnumber", "Function Number")
	argSemaphorevalue      = argument("semaphorevalue", "Semaphore Value")
	argOnoff               = argument("onoff", "OnOff")
	argMode                = argument("mode", "Mode")
	argFactor              = argument("factor", "Factor")
	argPasswordlevel       = argument("passwordlevel", "Password Level")
	argLinenumber          = argument("linenumber", "Line Number")
	argWeargroup           = argument("weargroup", "Wear Group")
	argToolstatus          = argument("toolstatus", "Tool Status")
	argWearsearchstrat     = argument("wearsearchstrat", "Search Strategy")
	argToolid              = argument("toolid", "Tool ID")
	argDuplonumber         = argument("duplonumber", "Duplo Number")
	argEdgenumber          = argument("edgenumber", "Edge Number")
	argPlacenr             = argument("placenr", "Place Number")
	argPlacerefnr          = argument("placerefnr", "Place Reference Number")
	argMagrefnr            = argument("magrefnr", "Magazine Reference Number")
	argMagnrfrom           = argument("magnrfrom", "Magazine Number from")
	argPlacenrfrom         = argument("placenrfrom", "Place Number from")
	argMagnrto             = argument("magnrto", "Magazine Number to")
	argPlacenrto           = argument("placenrto", "Place Number to")
	argHalfplacesleft      = argument("halfplacesleft", "Half places left")
	argHalfplacesright     = argument("halfplacesright", "Half places right")
	argHalfplacesup        = argument("halfplacesup", "Half places up")
	argHalfplacesdown      = argument("halfplacesdown", "Half places down")
	argPlacetype           = argument("placetype", "Place type index")
	argSearchdirection     = argument("searchdirection", "Search direction")
	argToolname            = argument("toolname", "Tool Name")
	argPlacenrsource       = argument("placenrsource", "Place Number Source")
	argMagnrsource         = argument("magnrsource", "Magazine Number Source")
	argPlacenrdestination  = argument("placenrdestination", "Place Number Destination")
	argMagnrdestination    = argument("magnrdestination", "Magazine Number Destination")
	argIncrementnumber     = argument("incrementnumber", "Increment Number")
	argMonitoringmode      = argument("monitoringmode", "Monitoring mode")
	argKindofsearch        = argument("kindofsearch", "Kind of search")
)

// piServices are the services that are known; those that begin with _N_ belong to the
// numerical controls.
var piServices = map[string]piService{
	"_INSE":     {title: "activate blocks", blocks: true},
	"_INS2":     {title: "activate blocks", blocks: true},
	"_DELE":     {title: "delete blocks", blocks: true},
	"P_PROGRAM": {title: "start", arguments: []*piArgument{fPIArgument1}},
	"_MODU":     {title: "copy RAM to ROM", arguments: []*piArgument{fPIArgument1}},
	"_GARB":     {title: "compress memory", arguments: []*piArgument{fPIArgument1}},
	"_N_LOGIN_": {title: "log in", arguments: []*piArgument{argAddressident, argPassword}},
	"_N_LOGOUT": {title: "log out", arguments: []*piArgument{argAddressident}},
	"_N_CANCEL": {title: "cancel NC alarm", arguments: []*piArgument{argAddressident}},
	"_N_DASAVE": {title: "save data to flash memory", arguments: []*piArgument{argAddressident}},
	"_N_DIGIOF": {title: "turn off digitising", arguments: []*piArgument{argAddressident}},
	"_N_DIGION": {title: "turn on digitising", arguments: []*piArgument{argAddressident}},
	"_N_DZERO_": {title: "set all D numbers invalid", arguments: []*piArgument{argAddressident}},
	"_N_ENDEXT": {title: "end external program", arguments: []*piArgument{argAddressident}},
	"_N_OST_OF": {title: "turn off overstore", arguments: []*piArgument{argAddressident}},
	"_N_OST_ON": {title: "turn on overstore", arguments: []*piArgument{argAddressident}},
	"_N_SCALE_": {title: "set the unit of scale", arguments: []*piArgument{argAddressident}},
	"_N_SETUFR": {title: "activate user frame", arguments: []*piArgument{argAddressident}},
	"_N_STRTLK": {title: "set global start lock", arguments: []*piArgument{argAddressident}},
	"_N_STRTUL": {title: "release global start lock", arguments: []*piArgument{argAddressident}},
	"_N_TMRASS": {title: "reset active status", arguments: []*piArgument{argAddressident}},
	"_N_F_DELE": {title: "delete file", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_F_DELR": {title: "delete file without access right", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_EXTERN": {title: "select external program", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_EXTMOD": {title: "select external program", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_F_XFER": {title: "transfer file", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_LOCKE_": {title: "lock active file", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_SELECT": {title: "select program", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_SRTEXT": {title: "mark file", arguments: []*piArgument{argAddressident, argFilename}},
	"_N_F_OPEN": {title: "open file for editing", arguments: []*piArgument{argAddressident, argFilename, argEditwindowname}},
	"_N_F_OPER": {title: "open file read-only", arguments: []*piArgument{argAddressident, argFilename, argEditwindowname}},
	"_N_F_CLOS": {title: "close file", arguments: []*piArgument{argAddressident, argEditwindowname}},
	"_N_F_SEEK": {title: "position in file", arguments: []*piArgument{argAddressident, argEditwindowname, argSeekpointer, argWindowsize, argComparestring, argSkipcount}},
	"_N_F_COPY": {title: "copy file", arguments: []*piArgument{argAddressident, argDirection, argSourcefilename, argDestinationfilename}},
	"_N_F_RENA": {title: "rename file", arguments: []*piArgument{argAddressident, argOldfilename, argNewfilename}},
	"_N_F_PROT": {title: "protect file", arguments: []*piArgument{argAddressident, argFilename, argProtection}},
	"_N_F_PROR": {title: "protect file", arguments: []*piArgument{argAddressident, argFilename, argProtection}},
	"_N_F_DMDA": {title: "delete MDA memory", arguments: []*piArgument{argAddressident, argChannelnumber}},
	"_N_ASUP__": {title: "assign interrupt", arguments: []*piArgument{argAddressident, argInterruptnr, argPriority, argLiftfast, argBlsync, argFilename}},
	"_N_CHEKDM": {title: "check uniqueness of D numbers", arguments: []*piArgument{argAddressident, argMagnr, argDnr, argSpindlenumber}},
	"_N_CHKDNO": {title: "check uniqueness of D numbers", arguments: []*piArgument{argAddressident, argWznr, argWznr, argDnr}},
	"_N_CONFIG": {title: "reconfigure machine data", arguments: []*piArgument{argAddressident, argClass}},
	"_N_CRCEDN": {title: "create cutting edge by D number", arguments: []*piArgument{argAddressident, argTnr, argDnr}},
	"_N_DELECE": {title: "delete cutting edge", arguments: []*piArgument{argAddressident, argTnr, argDnr}},
	"_N_CREACE": {title: "create cutting edge", arguments: []*piArgument{argAddressident, argToolnumber}},
	"_N_CREATO": {title: "create tool", arguments: []*piArgument{argAddressident, argToolnumber}},
	"_N_DELETO": {title: "delete tool", arguments: []*piArgument{argAddressident, argToolnumber}},
	"_N_CRTOCE": {title: "create tool with cutting edge", arguments: []*piArgument{argAddressident, argToolnumber, argCenumber}},
	"_N_DELVAR": {title: "delete data block", arguments: []*piArgument{argAddressident, argDatablocknumber, argFirstcolumnnumber, argLastcolumnnumber, argFirstrownnumber, argLastrownnumber}},
	"_N_FINDBL": {title: "activate search", arguments: []*piArgument{argAddressident, argFindmode}},
	"_N_IBN_SS": {title: "set the set-up switch", arguments: []*piArgument{argAddressident, argSwitch}},
	"_N_MMCSEM": {title: "MMC semaphore", arguments: []*piArgument{argAddressident, argFunctionnumber, argSemaphorevalue}},
	"_N_NCKMOD": {title: "set NCK mode", arguments: []*piArgument{argAddressident, argOnoff, argMode, argFactor}},
	"_N_NEWPWD": {title: "change password", arguments: []*piArgument{argAddressident, argPassword, argPasswordlevel}},
	"_N_SEL_BL": {title: "select block", arguments: []*piArgument{argAddressident, argLinenumber}},
	"_N_SETTST": {title: "set tool status", arguments: []*piArgument{argAddressident, argMagnr, argWeargroup, argToolstatus}},
	"_N_TMAWCO": {title: "set the active wear group", arguments: []*piArgument{argAddressident, argMagnr, argWeargroup, argWearsearchstrat}},
	"_N_TMCRTC": {title: "create tool with cutting edge", arguments: []*piArgument{argAddressident, argToolid, argToolnumber, argDuplonumber, argEdgenumber}},
	"_N_TMCRTO": {title: "create tool", arguments: []*piArgument{argAddressident, argToolid, argToolnumber, argDuplonumber}},
	"_N_TMFDPL": {title: "find empty place", arguments: []*piArgument{argAddressident, argToolnumber, argPlacenr, argMagnr, argPlacerefnr, argMagrefnr}},
	"_N_TMFPBP": {title: "find empty place", arguments: []*piArgument{argAddressident, argMagnrfrom, argPlacenrfrom, argMagnrto, argPlacenrto, argMagrefnr, argPlacerefnr, argHalfplacesleft, argHalfplacesright, argHalfplacesup, argHalfplacesdown, argPlacetype, argSearchdirection}},
	"_N_TMGETT": {title: "get tool number", arguments: []*piArgument{argAddressident, argToolname, argDuplonumber}},
	"_N_TMMVTL": {title: "move tool", arguments: []*piArgument{argAddressident, argToolnumber, argPlacenrsource, argMagnrsource, argPlacenrdestination, argMagnrdestination}},
	"_N_TMPCIT": {title: "set increment of piece counter", arguments: []*piArgument{argAddressident, argSpindlenumber, argIncrementnumber}},
	"_N_TMPOSM": {title: "position magazine or tool", arguments: []*piArgument{argAddressident, argToolnumber, argToolid, argDuplonumber, argPlacenrsource, argMagnrsource, argPlacenrdestination, argMagnrdestination}},
	"_N_TRESMO": {title: "reset monitoring values", arguments: []*piArgument{argAddressident, argToolnumber, argDnr, argMonitoringmode}},
	"_N_TSEARC": {title: "search tool", arguments: []*piArgument{argAddressident, argMagnrfrom, argPlacenrfrom, argMagnrto, argPlacenrto, argMagrefnr, argPlacerefnr, argSearchdirection, argKindofsearch}},
}
